using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;
using Berth.NodeAgent.VirtualNetworks;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Finds what a VM needs on this node: the files of its disks, its kernel, its networks.</summary>
internal sealed class VirtualMachineRequirements(
    IObjectStore<StorageVolume> volumes, IImageCopies images, NodeReport report, MissingReferences missing, HostFiles host, LocalPools pools)
{
    /// <summary>The files behind the VM's disks.</summary>
    public Requirement Disks(VirtualMachine machine, out Dictionary<string, DiskFile> files)
    {
        var found = new Dictionary<string, DiskFile>(StringComparer.Ordinal);
        var requirement = Requirement.All([.. (machine.Spec.Disks ?? []).Select(disk => disk.Cdrom is { } cdrom
            ? Image(machine, cdrom.Image, copy => found[disk.Name] = new DiskFile(copy.Path, "raw", DirectIo: false))
            : Volume(machine, disk, file => found[disk.Name] = file))]);
        files = found;
        return requirement;
    }

    /// <summary>The kernel and initrd that the VM boots directly, from the default pool.</summary>
    public Requirement Kernel(VirtualMachine machine, out string? kernelPath, out string? initrdPath)
    {
        string? kernelFile = null;
        string? initrdFile = null;
        var requirement = machine.Spec.Firmware?.Kernel is not { } kernel ? Requirement.Met : Requirement.All(
        [
            Image(machine, kernel.Image, copy => kernelFile = copy.Path),
            kernel.Initrd is { Length: > 0 } initrd ? Image(machine, initrd, copy => initrdFile = copy.Path) : Requirement.Met,
        ]);
        (kernelPath, initrdPath) = (kernelFile, initrdFile);
        return requirement;
    }

    /// <summary>The networks that the VM's interfaces are connected to.</summary>
    public Requirement Networks(VirtualMachine machine) =>
        Requirement.All([.. (machine.Spec.Interfaces ?? []).Select(card => card.Network).Distinct(StringComparer.Ordinal).Select(name => Network(machine, name))]);

    private Requirement Network(VirtualMachine machine, string name)
    {
        var reference = $"network/{name}";
        if (report.Network(name) is not { Reason: not NetworkReasons.InUse } network)
        {
            return missing.Missing(DomainInputs.DomainId(machine), reference, $"The VirtualNetwork \"{name}\" is not found on this node.");
        }

        missing.Found(DomainInputs.DomainId(machine), reference);
        return network.Available ? Requirement.Met : Requirement.Pending(VirtualMachineReasons.NetworkNotReady, $"The network \"{name}\" is not up: {network.Message ?? network.Reason}");
    }

    private Requirement Image(VirtualMachine machine, string name, Action<ImageCopy.Available> found)
    {
        var reference = $"image/{name}";
        var copy = images.Request(name, pool: null);
        if (copy is not ImageCopy.NotFound)
        {
            missing.Found(DomainInputs.DomainId(machine), reference);
        }

        switch (copy)
        {
            case ImageCopy.Available available:
                found(available);
                return Requirement.Met;
            case ImageCopy.Pending pending:
                return Requirement.Pending(VirtualMachineReasons.ImageNotReady, $"The image \"{name}\" is not here yet: {pending.Message}");
            case ImageCopy.Failed failed:
                return Requirement.Hopeless(VirtualMachineReasons.ImageFailed, $"The image \"{name}\" could not be fetched ({failed.Reason}): {failed.Message}");
            case ImageCopy.NotFound none:
                return missing.Missing(DomainInputs.DomainId(machine), reference, none.Message);
            default:
                throw new InvalidOperationException($"An unknown answer for the image \"{name}\": {copy}");
        }
    }

    private Requirement Volume(VirtualMachine machine, Disk disk, Action<DiskFile> found)
    {
        var name = machine.VolumeNameOf(disk);
        var reference = $"volume/{name}";
        if (volumes.Get(new ObjectKey(machine.Namespace(), name)) is not { } volume)
        {
            return missing.Missing(DomainInputs.DomainId(machine), reference, $"The StorageVolume \"{name}\" is not found on this node.");
        }

        missing.Found(DomainInputs.DomainId(machine), reference);
        if (disk.Template is not null && volume.ControllerOwner()?.Uid != machine.Uid())
        {
            return Requirement.Hopeless(ConditionReasons.InvalidSpec, $"The StorageVolume \"{name}\" exists and does not belong to this VM.");
        }

        return Usable(volume, found);
    }

    // Whoever could write a status would otherwise have any file of the host as a disk.
    private bool IsOwnFile(StorageVolume volume, string path) => volume.Status?.Pool is { Length: > 0 } name && pools.Find(name) is { } pool
        ? path == VolumeFolder.PathOf(pool, volume)
        : Path.GetFileName(path) == VolumePlan.NameOf(volume) && Path.GetFullPath(path) == path;

    private Requirement Usable(StorageVolume volume, Action<DiskFile> found)
    {
        var ready = volume.Status?.Conditions.Find(ConditionTypes.Ready);
        if (volume.IsDeleting())
        {
            return Requirement.Hopeless(VirtualMachineReasons.VolumeNotReady, $"The StorageVolume \"{volume.Name()}\" is being deleted.");
        }

        if (ready?.Status != ConditionStatus.True || volume.Status is not { Path: { Length: > 0 } path })
        {
            return Requirement.Pending(VirtualMachineReasons.VolumeNotReady, ready is { Message.Length: > 0 }
                ? $"The StorageVolume \"{volume.Name()}\" is not ready: {ready.Message}"
                : $"The StorageVolume \"{volume.Name()}\" is not ready.");
        }

        if (!IsOwnFile(volume, path))
        {
            return Requirement.Hopeless(ConditionReasons.InvalidSpec, $"The path in the status of the StorageVolume \"{volume.Name()}\" is not that of its file; it is not used.");
        }

        found(new DiskFile(path, volume.Status.Format ?? volume.Spec.Format, DirectIo.IsSupportedOn(host.FileSystemOf(path))));
        return Requirement.Met;
    }
}
