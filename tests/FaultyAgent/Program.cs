using Berth.FaultyAgent;
using Berth.NodeAgent;
using Berth.Runtime.Client;
using Microsoft.Extensions.Hosting;

return await new AgentCommand().Create(RunAsync).Parse(args).InvokeAsync();

static async Task RunAsync(AgentOptions options, CancellationToken cancellationToken)
{
    var points = new Failpoints(FailpointsFolder());
    var cluster = KubernetesClientConfiguration.FromKubeconfig(options.Kubeconfig ?? throw new InvalidOperationException("--kubeconfig is missing."));
    using var host = AgentHost.Build(options, cluster, services => services.AddAgent(options).AddFailpoints(points));
    await host.RunAsync(cancellationToken);
}

#pragma warning disable RS0030 // The one place that reads the environment: the agent's command line has no place for what is the tests' own.
static string FailpointsFolder() =>
    Environment.GetEnvironmentVariable("BERTH_FAILPOINTS") ?? throw new InvalidOperationException("BERTH_FAILPOINTS names no folder.");
#pragma warning restore RS0030
