using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <summary>The StorageVolumes behind a VM's disks.</summary>
internal static class MachineVolumes
{
    /// <summary>True when the VM has run with a volume of this name: its data is somewhere, even when the object is gone.</summary>
    public static bool HasRecordOf(VirtualMachine machine, string volume) =>
        machine.Status?.Volumes?.Any(disk => disk.Volume == volume) == true;

    /// <summary>True when the volume was made for this VM, by UID.</summary>
    public static bool IsOf(StorageVolume volume, VirtualMachine machine) => volume.ControllerOwner() is { } owner && owner.Uid == machine.Uid();

    /// <summary>True once a node has had a file for it.</summary>
    public static bool IsMade(StorageVolume volume) =>
        volume.Status is { CreatedAt: not null } or { Path.Length: > 0 } or { NodeName.Length: > 0 };

    /// <summary>The node that has the volume, or that it is given to; null while it may still go anywhere.</summary>
    public static string? NodeOf(StorageVolume? volume) =>
        NullIfEmpty(volume?.Status?.NodeName) ?? NullIfEmpty(volume?.Status?.Executor?.NodeName) ?? NullIfEmpty(volume?.Label(BerthLabels.Node));

    /// <summary>Why the VM cannot be placed with this volume as it is; null when it can.</summary>
    public static StepResult? Problem(VirtualMachine machine, Disk disk, StorageVolume? volume)
    {
        var name = machine.VolumeNameOf(disk);
        return volume switch
        {
            null when HasRecordOf(machine, name) => StepResult.Stall(
                StorageVolumeReasons.VolumeLost,
                $"StorageVolume \"{name}\" of disk \"{disk.Name}\" is gone. Its data is not made again: restore the volume, or give the disk another name to begin with a new one."),
            null => null,
            _ when volume.IsDeleting() => StepResult.Wait(VirtualMachineReasons.VolumeNotReady, $"StorageVolume \"{name}\" is being deleted."),
            _ when disk.Template is not null && !IsOf(volume, machine) => StepResult.Stall(
                ConditionReasons.InvalidSpec, $"spec.disks: StorageVolume \"{name}\", whose name disk \"{disk.Name}\" has to use, was not made for this VM."),
            _ => null,
        };
    }

    /// <summary>The volume of a templated disk, for the node that the VM is bound to.</summary>
    public static StorageVolume Build(VirtualMachine machine, Disk disk, string node, string? pool) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = machine.VolumeNameOf(disk),
            NamespaceProperty = machine.Namespace(),
            Labels = new Dictionary<string, string> { [BerthLabels.Node] = node, [BerthLabels.VirtualMachine] = machine.Name() },
            Finalizers = [BerthFinalizers.Release],
            OwnerReferences = [machine.OwnerReference()],
        },
        Spec = new StorageVolumeSpec
        {
            Pool = pool,
            Size = disk.Template!.Size,
            Source = string.IsNullOrEmpty(disk.Template.Image) ? null : new VolumeSource { Image = disk.Template.Image },
        },
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
