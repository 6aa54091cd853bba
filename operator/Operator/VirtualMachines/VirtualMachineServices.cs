using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Operator.Cluster;
using Berth.Operator.Hypervisors;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Berth.Operator.VirtualMachines;

/// <summary>Registers the controller of VMs, and what wakes it.</summary>
internal static class VirtualMachineServices
{
    // A pass is a handful of requests; this many keep a server of ordinary size busy without crowding others out.
    private const int Workers = 32;

    public static IServiceCollection AddVirtualMachines(this IServiceCollection services)
    {
        services.TryAddSingleton(ApiLevels.Current);
        return services.AddSingleton<BerthBuilder>().AddSingleton<VirtualMachineReconciler>().AddController<VirtualMachine, VirtualMachineStatus, VirtualMachineScope>(
            provider => provider.GetRequiredService<VirtualMachineReconciler>(),
            (controller, provider) => Configure(controller, provider.GetRequiredService<OperatorStores>(), provider.GetRequiredService<NodeHeartbeats>()),
            new ControllerOptions { MaxConcurrentReconciles = Workers });
    }

    /// <summary>Functions here run under the lock of the store that changed: they may look into stores further down this list, never up.</summary>
    private static void Configure(Controller controller, OperatorStores stores, NodeHeartbeats heartbeats)
    {
        controller
            .Watch(stores.Namespaces, @namespace => Keys(stores.Machines.ByIndex(MachineIndexes.Namespace, @namespace.Name())), IsChangeOfNamespace)
            .Watch(stores.Pools, pool => NamersOf(stores, ReferenceKind.Pool, pool.Name()).Concat(NamersOf(stores, ReferenceKind.Pool, "")), IsChangeOfSpec)
            .Watch(stores.Networks, network => NamersOf(stores, ReferenceKind.Network, network.Name()), IsChangeOfSpec)
            .Watch(stores.Images, image => NamersOf(stores, ReferenceKind.Image, image.Name()), IsChangeOfSpec)
            .Watch(stores.Volumes, volume => OwnerOf(volume).Concat(NamersOf(stores, ReferenceKind.Volume, volume.Name(), volume.Namespace())), IsChangeOfVolume)
            .Watch(stores.Berths, OwnerOf, BerthState.IsChangeOfPlace)
            .Watch(stores.Hypervisors, host => Keys(stores.Machines.ByIndex(MachineIndexes.Node, host.Name())), IsChangeOfDeath)
            .Watch(stores.Hypervisors, _ => Keys(stores.Machines.List().Where(machine => machine.BoundNode() is null)), IsChangeOfLevel);
        heartbeats.Changed += node =>
        {
            foreach (var machine in stores.Machines.ByIndex(MachineIndexes.Node, node))
            {
                controller.Enqueue(machine.Key());
            }
        };
    }

    private static IEnumerable<ObjectKey> OwnerOf(IKubernetesObject<V1ObjectMeta> resource) =>
        resource.VirtualMachineOwner() is { } owner ? [new ObjectKey(resource.Namespace(), owner.Name)] : [];

    private static IEnumerable<ObjectKey> NamersOf(OperatorStores stores, ReferenceKind kind, string name, string? @namespace = null) =>
        Keys(stores.Machines.ByIndex(MachineReferenceNames.Index, MachineReferenceNames.Key(kind, name, @namespace)));

    private static IEnumerable<ObjectKey> Keys(IEnumerable<VirtualMachine> machines) => machines.Select(machine => machine.Key());

    /// <summary>Statuses of what VMs name are the agents' business.</summary>
    private static bool IsChangeOfSpec<T>(ObjectChange<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        change is not { Old: { } old, New: { } fresh }
        || old.Metadata.Generation != fresh.Metadata.Generation
        || old.IsDeleting() != fresh.IsDeleting()
        || old.Annotation(BerthAnnotations.DefaultPool) != fresh.Annotation(BerthAnnotations.DefaultPool);

    private static bool IsChangeOfVolume(ObjectChange<StorageVolume> change) =>
        change is not { Old: { } old, New: { } fresh }
        || old.IsDeleting() != fresh.IsDeleting()
        || MachineVolumes.NodeOf(old) != MachineVolumes.NodeOf(fresh);

    private static bool IsChangeOfDeath(ObjectChange<Hypervisor> change) =>
        IsDead(change.Old) != IsDead(change.New) || !(change.Old?.Status?.Releases ?? []).SequenceEqual(change.New?.Status?.Releases ?? []);

    /// <summary>An agent that was upgraded may take what no other could.</summary>
    private static bool IsChangeOfLevel(ObjectChange<Hypervisor> change) =>
        change is { Old: { } old, New: { } fresh } && (old.Status?.ApiLevel ?? ApiLevels.First) != (fresh.Status?.ApiLevel ?? ApiLevels.First);

    private static bool IsDead(Hypervisor? host) => host?.Status?.Conditions.IsTrue(HypervisorConditions.Dead) == true;

    private static bool IsChangeOfNamespace(ObjectChange<V1Namespace> change) =>
        change is not { Old: { } old, New: { } fresh }
        || old.Status?.Phase != fresh.Status?.Phase
        || old.IsDeleting() != fresh.IsDeleting()
        || !LabelMatch.AreEqual(old.Metadata.Labels, fresh.Metadata.Labels);
}
