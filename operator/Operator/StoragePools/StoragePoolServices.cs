using Berth.Api;
using Berth.Operator.Cluster;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.StoragePools;

/// <summary>Registers the controller of pools, and what wakes it.</summary>
internal static class StoragePoolServices
{
    public static IServiceCollection AddStoragePools(this IServiceCollection services) => services
        .AddSingleton<StoragePoolReconciler>()
        .AddController<StoragePool, StoragePoolStatus, StoragePoolScope>(
            provider => provider.GetRequiredService<StoragePoolReconciler>(),
            (controller, provider) =>
            {
                var stores = provider.GetRequiredService<OperatorStores>();
                controller.WatchHosts(stores, stores.Pools, status => status.Pools);
            });
}
