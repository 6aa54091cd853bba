using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.StorageVolumes;

/// <summary>Registers the controller of volumes, and what wakes it.</summary>
internal static class StorageVolumeServices
{
    public static IServiceCollection AddStorageVolumes(this IServiceCollection services) => services
        .AddSingleton<ExecutorChoice>()
        .AddSingleton<StorageVolumeReconciler>()
        .AddController<StorageVolume, StorageVolumeStatus, StorageVolumeScope>(
            provider => provider.GetRequiredService<StorageVolumeReconciler>(),
            (controller, provider) => Configure(controller, provider.GetRequiredService<OperatorStores>()));

    private static void Configure(Controller controller, OperatorStores stores) => controller
        .Watch(stores.Pools, _ => Waiting(stores), IsArrival)
        .Watch(stores.Images, _ => Waiting(stores), IsArrival)
        .Watch(stores.Hypervisors, _ => Waiting(stores), IsChangeOfHealth)
        .Watch(stores.Machines, UsedBy, IsChangeOfHolder);

    /// <summary>Volumes that no agent has: few, and only they wait for what appears.</summary>
    private static IEnumerable<ObjectKey> Waiting(OperatorStores stores) =>
        stores.Volumes.List().Where(volume => VolumeStages.Of(volume) == VolumeStage.Placing).Select(volume => volume.Key());

    private static IEnumerable<ObjectKey> UsedBy(VirtualMachine machine) =>
        machine.GivenDisks().Where(disk => disk.Template is not null || disk.Volume is not null)
            .Select(disk => new ObjectKey(machine.Namespace(), machine.VolumeNameOf(disk)));

    private static bool IsArrival<T>(ObjectChange<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        change is not { Old: { } old, New: { } fresh } || old.Metadata.Generation != fresh.Metadata.Generation;

    private static bool IsChangeOfHealth(ObjectChange<Hypervisor> change) => !Healthy(change.Old).SequenceEqual(Healthy(change.New));

    /// <summary>The pools that a volume could be put into on the host.</summary>
    private static IEnumerable<string> Healthy(Hypervisor? host) => host?.Status is { } status && status.Conditions.IsTrue(ConditionTypes.Ready)
        ? (status.Pools ?? []).Where(pool => pool.Available).Select(pool => pool.Name)
        : [];

    private static bool IsChangeOfHolder(ObjectChange<VirtualMachine> change) =>
        change is not { Old: { } old, New: { } fresh }
        || old.BoundNode() != fresh.BoundNode()
        || old.IsReleased() != fresh.IsReleased()
        || old.WantsDomain() != fresh.WantsDomain();
}
