using Berth.Api;
using Berth.Operator.Cluster;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.VirtualNetworks;

/// <summary>Registers the controller of networks, and what wakes it.</summary>
internal static class VirtualNetworkServices
{
    public static IServiceCollection AddVirtualNetworks(this IServiceCollection services) => services
        .AddSingleton<VirtualNetworkReconciler>()
        .AddController<VirtualNetwork, VirtualNetworkStatus, VirtualNetworkScope>(
            provider => provider.GetRequiredService<VirtualNetworkReconciler>(),
            (controller, provider) =>
            {
                var stores = provider.GetRequiredService<OperatorStores>();
                controller.WatchHosts(stores, stores.Networks, status => status.Networks);
            });
}
