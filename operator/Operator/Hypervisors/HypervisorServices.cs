using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Hypervisors;

/// <summary>Registers what watches over the nodes' agents.</summary>
internal static class HypervisorServices
{
    public static IServiceCollection AddHypervisors(this IServiceCollection services, string @namespace) => services
        .AddSingleton(provider => new NodeHeartbeats(
            provider.GetRequiredService<IKubernetesClient>(),
            @namespace,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<NodeHeartbeats>>()))
        .AddSingleton<INodeHeartbeats>(provider => provider.GetRequiredService<NodeHeartbeats>())
        .AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<NodeHeartbeats>())
        .AddSingleton(provider => new NodeDeaths(provider.GetRequiredService<IKubernetesClient>(), provider.GetRequiredService<INodeHeartbeats>(), @namespace))
        .AddSingleton<HypervisorReconciler>()
        .AddController<Hypervisor, HypervisorStatus, HypervisorScope>(
            provider => provider.GetRequiredService<HypervisorReconciler>(),
            (controller, provider) => Configure(controller, provider.GetRequiredService<OperatorStores>(), provider.GetRequiredService<NodeHeartbeats>()));

    private static void Configure(Controller controller, OperatorStores stores, NodeHeartbeats heartbeats)
    {
        controller
            .Watch(stores.Nodes, node => [new ObjectKey(null, node.Name())], change => NodeDeath.IsOutOfService(change.Old) != NodeDeath.IsOutOfService(change.New))
            .Watch(stores.Machines, KeyOfNode, change => change.New is { } machine && !machine.IsReleased() && NeedsRecord(change));
        heartbeats.Changed += node => controller.Enqueue(new ObjectKey(null, node));
    }

    private static IEnumerable<ObjectKey> KeyOfNode(VirtualMachine machine) => machine.BoundNode() is { } node ? [new ObjectKey(null, node)] : [];

    /// <summary>A VM that may leave now and could not before, as when it is deleted or stopped.</summary>
    private static bool NeedsRecord(ObjectChange<VirtualMachine> change) =>
        change is not { Old: { } old, New: { } fresh } || old.WantsDomain() != fresh.WantsDomain() || old.BoundNode() != fresh.BoundNode();
}
