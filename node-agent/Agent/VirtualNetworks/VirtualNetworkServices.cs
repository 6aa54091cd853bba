using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>Registers what sets up virtual networks.</summary>
internal static class VirtualNetworkServices
{
    private const string ControllerName = "virtualnetwork";

    /// <summary>Adds the networks' store, controller and leases; needs the Node's store, the pools, the volumes, libvirt and the report.</summary>
    public static IServiceCollection AddVirtualNetworks(this IServiceCollection services)
    {
        services.AddInformer<VirtualNetwork>();
        services.AddSingleton<HostNetworks>();
        services.AddSingleton<IHostNetworks>(provider => provider.GetRequiredService<HostNetworks>());
        services.AddSingleton<INetworkLeases>(provider => provider.GetRequiredService<HostNetworks>());
        services.AddSingleton<VirtualNetworkSetup>();
        services.AddSingleton<VirtualNetworkReconciler>();
        services.AddSingleton<IBackgroundWork>(provider => new WakeAtStart(
            provider.GetRequiredService<IHostNetworks>().ListAsync,
            VirtualNetworkXml.NetworkOf,
            provider.GetRequiredKeyedService<Controller>(ControllerName),
            provider.GetRequiredService<TimeProvider>()));
        return services.AddController(ControllerName, provider => provider.GetRequiredService<VirtualNetworkReconciler>(), Watch);
    }

    private static void Watch(Controller controller, IServiceProvider provider)
    {
        var networks = provider.GetRequiredService<IObjectStore<VirtualNetwork>>();
        controller.Watch(networks);
        controller.Watch(provider.GetRequiredService<IObjectStore<V1Node>>(), _ => networks.List().Select(network => network.Key()));
        provider.GetRequiredService<LibvirtHealth>().Changed += () =>
        {
            foreach (var network in networks.List())
            {
                controller.Enqueue(network.Key());
            }
        };
    }
}
