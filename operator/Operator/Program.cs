using System.CommandLine;
using Berth.Api;
using Berth.Operator;
using Berth.Operator.HostChecks;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

var command = new OperatorCommand().Create(RunAsync);
command.Subcommands.Add(new HostCheckCommand().Create(CheckAsync));

// Told to end, the host ends in its own time, which bounds itself: by default it would be cut off after two seconds.
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(35) });

static async Task RunAsync(OperatorOptions options, CancellationToken cancellationToken)
{
    using var host = OperatorHost.Build(options, Cluster(options.Kubeconfig, options.Context));
    await host.RunAsync(cancellationToken);
}

static async Task<int> CheckAsync(HostCheckOptions options, CancellationToken cancellationToken)
{
    using var metrics = new MetricFactory();
    var settings = new KubernetesClientOptions { UserAgent = "berth-check" };
    settings.TypeInfoResolvers.Add(ApiJsonContext.Default);
    using var client = new KubernetesClient(Cluster(options.Kubeconfig, options.Context), settings, metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
    return await new HostCheck(client, options, TimeProvider.System, Console.Out).RunAsync(cancellationToken);
}

// In a cluster the kubelet names the API server in the environment; nothing else is read from it.
static KubernetesClientConfiguration Cluster(string? kubeconfig, string? context) => kubeconfig is not null
    ? KubernetesClientConfiguration.FromKubeconfig(kubeconfig, context)
    : KubernetesClientConfiguration.InCluster(Variable("KUBERNETES_SERVICE_HOST"), Variable("KUBERNETES_SERVICE_PORT"));

#pragma warning disable RS0030 // The one place that reads the environment.
static string Variable(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"Neither --kubeconfig nor {name} is given.");
#pragma warning restore RS0030
