using Berth.NodeAgent;
using Berth.Runtime.Client;
using Microsoft.Extensions.Hosting;

return await new AgentCommand().Create(RunAsync).Parse(args).InvokeAsync();

static async Task RunAsync(AgentOptions options, CancellationToken cancellationToken)
{
    // In a cluster the kubelet names the API server in the environment; nothing else is read from it.
    var cluster = options.Kubeconfig is { } path
        ? KubernetesClientConfiguration.FromKubeconfig(path)
        : KubernetesClientConfiguration.InCluster(Variable("KUBERNETES_SERVICE_HOST"), Variable("KUBERNETES_SERVICE_PORT"));
    using var host = AgentHost.Build(options, cluster, services => services.AddAgent(options));
    await host.RunAsync(cancellationToken);
}

#pragma warning disable RS0030 // The one place that reads the environment.
static string Variable(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"Neither --kubeconfig nor {name} is given.");
#pragma warning restore RS0030
