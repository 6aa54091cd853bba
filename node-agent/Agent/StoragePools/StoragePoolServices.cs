using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Registers what sets up storage pools.</summary>
internal static class StoragePoolServices
{
    private const string ControllerName = "storagepool";

    /// <summary>Adds the pools' store and controller; needs the Node's store, libvirt and the report.</summary>
    public static IServiceCollection AddStoragePools(this IServiceCollection services)
    {
        services.AddInformer<StoragePool>();
        services.AddSingleton<IHostPools, HostPools>();
        services.AddSingleton<IPoolHistory, ReportedPools>();
        services.AddSingleton<LocalPools>();
        services.AddSingleton<NodeLabels>();
        services.AddSingleton<StoragePoolSetup>();
        services.AddSingleton<StoragePoolReconciler>();
        services.AddSingleton<IBackgroundWork>(provider => new WakeAtStart(
            provider.GetRequiredService<IHostPools>().ListAsync,
            StoragePoolXml.PoolOf,
            provider.GetRequiredKeyedService<Controller>(ControllerName),
            provider.GetRequiredService<TimeProvider>()));
        return services.AddController(ControllerName, provider => provider.GetRequiredService<StoragePoolReconciler>(), Watch);
    }

    private static void Watch(Controller controller, IServiceProvider provider)
    {
        var pools = provider.GetRequiredService<IObjectStore<StoragePool>>();
        controller.Watch(pools);
        controller.Watch(provider.GetRequiredService<IObjectStore<V1Node>>(), _ => pools.List().Select(pool => pool.Key()));
        StorageMetrics.Register(provider.GetRequiredService<MetricFactory>(), provider.GetRequiredService<NodeReport>());
        provider.GetRequiredService<LibvirtHealth>().Changed += () =>
        {
            foreach (var pool in pools.List())
            {
                controller.Enqueue(pool.Key());
            }
        };
    }
}
