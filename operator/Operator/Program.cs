using Berth.Operator;
using Berth.Runtime.Client;
using Microsoft.Extensions.Hosting;

return await new OperatorCommand().Create(RunAsync).Parse(args).InvokeAsync();

static async Task RunAsync(OperatorOptions options, CancellationToken cancellationToken)
{
    // In a cluster the kubelet names the API server in the environment; nothing else is read from it.
    var cluster = options.Kubeconfig is { } path
        ? KubernetesClientConfiguration.FromKubeconfig(path, options.Context)
        : KubernetesClientConfiguration.InCluster(Variable("KUBERNETES_SERVICE_HOST"), Variable("KUBERNETES_SERVICE_PORT"));
    using var host = OperatorHost.Build(options, cluster);
    await host.RunAsync(cancellationToken);
}

#pragma warning disable RS0030 // The one place that reads the environment.
static string Variable(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"Neither --kubeconfig nor {name} is given.");
#pragma warning restore RS0030
