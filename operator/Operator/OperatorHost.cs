using Berth.Api;
using Berth.Operator.Admission;
using Berth.Operator.Agents;
using Berth.Operator.Certificates;
using Berth.Operator.Cluster;
using Berth.Operator.DisruptionBudgets;
using Berth.Operator.Hypervisors;
using Berth.Operator.Images;
using Berth.Operator.Metrics;
using Berth.Operator.Serving;
using Berth.Operator.StoragePools;
using Berth.Operator.StorageVolumes;
using Berth.Operator.VirtualMachines;
using Berth.Operator.VirtualNetworks;
using Berth.Runtime.Client;
using Berth.Runtime.Events;
using Berth.Runtime.Hosting;
using Berth.Runtime.LeaderElection;
using Berth.Runtime.Logging;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Operator;

/// <summary>The process around the reconcilers: a host without configuration files or defaults of its own.</summary>
internal static class OperatorHost
{
    private const string Name = BerthFieldManagers.Operator;

    public static IHost Build(OperatorOptions options, KubernetesClientConfiguration cluster, Action<IServiceCollection>? addMore = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = Name });
        builder.Logging.AddLogLevel(options.LogLevel, options.LogLevelFile).AddFilter("Microsoft", LogLevel.Warning).AddBerthConsole(options.LogFormat);

        // First, so that what is added there goes before our own.
        addMore?.Invoke(builder.Services);
        builder.Services.AddBerthRuntime(cluster, RuntimeOptionsOf(options)).AddOtlpTracing(options.OtlpEndpoint, Name, Environment.MachineName);
        if (options.LeaderElect)
        {
            builder.Services.AddLeaderElection(new LeaderElectionOptions(options.Namespace, Name));
        }

        builder.Services
            .AddSingleton(options.Berths)
            .AddSingleton(new ReconcileDriverOptions { StallRecheck = TimeSpan.FromMinutes(5) })
            .AddCluster()
            .AddCertificates(options.Certificates)
            .AddServing(new ServingOptions(options.HttpsAddress))
            .AddAdmission(options.Namespace)
            .AddAgents(new AgentAccess(options.Namespace) { CertificateLifetime = options.AgentCertificateLifetime })
            .AddHypervisors(options.Namespace)
            .AddVirtualMachines()
            .AddStorageVolumes()
            .AddStoragePools()
            .AddImages()
            .AddVirtualNetworks()
            .AddDisruptionBudgets()
            .AddClusterMetrics()
            .AddHostedService(provider => new ShutdownDelay(options.ShutdownDelay, provider.GetRequiredService<TimeProvider>()));
        return builder.Build();
    }

    private static RuntimeOptions RuntimeOptionsOf(OperatorOptions options)
    {
        var runtime = new RuntimeOptions
        {
            Events = new EventPublisherOptions(Name),
            Diagnostics = new DiagnosticsOptions { Endpoint = options.MetricsAddress },
        };
        (runtime.Client.FieldManager, runtime.Client.UserAgent) = (Name, Name);
        runtime.Client.TypeInfoResolvers.Add(ApiJsonContext.Default);
        return runtime;
    }
}
