using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>Registers what makes and deletes volumes.</summary>
internal static class StorageVolumeServices
{
    // A file that has come back, or gone, wakes nobody: it is looked for this often.
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(10);

    /// <summary>Adds the volumes' store and controller; needs the VMs', pools' and images' stores.</summary>
    public static IServiceCollection AddStorageVolumes(this IServiceCollection services, AgentOptions options)
    {
        services.AddInformer(new InformerOptions<StorageVolume> { LabelSelector = $"{BerthLabels.Node}={options.NodeName}" });
        services.AddSingleton<IHostVolumes, HostVolumes>();
        services.AddSingleton<IDomainUses, DomainUses>();
        services.AddSingleton<VolumeFolder>();
        services.AddSingleton<VolumeOwnership>();
        services.AddSingleton<StorageVolumeReconciler>();
        return services.AddController<StorageVolume, StorageVolumeStatus, StorageVolumeScope>(
            provider => provider.GetRequiredService<StorageVolumeReconciler>(), Watch, new ControllerOptions { ResyncPeriod = Resync });
    }

    private static void Watch(Controller controller, IServiceProvider provider)
    {
        var volumes = provider.GetRequiredService<IObjectStore<StorageVolume>>();

        // Few volumes wait at any time, and what they wait for is seldom theirs alone: all of them are woken.
        IEnumerable<ObjectKey> Waiting() => volumes.List().Where(volume => !volume.Status?.Conditions.IsTrue(ConditionTypes.Ready) ?? true).Select(volume => volume.Key());
        controller.Watch(provider.GetRequiredService<IObjectStore<StoragePool>>(), _ => Waiting());
        controller.Watch(provider.GetRequiredService<IObjectStore<Image>>(), _ => Waiting());
        controller.Watch(
            provider.GetRequiredService<IObjectStore<VirtualMachine>>(),
            machine => machine.GivenDisks().Select(disk => new ObjectKey(machine.Namespace(), machine.VolumeNameOf(disk))));
        provider.GetRequiredService<NodeReport>().Changed += item =>
        {
            // A pool that comes or goes concerns the volumes in it too, ready or not.
            foreach (var key in item.Kind == NodeReportKind.Pool ? volumes.List().Select(volume => volume.Key()) : Waiting())
            {
                controller.Enqueue(key);
            }
        };
    }
}
