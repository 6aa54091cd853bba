using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Which VMs a change elsewhere is about.</summary>
internal static class VirtualMachineKeys
{
    /// <summary>The VM that a domain of this name belongs to, if any does; null when the name cannot be one of ours.</summary>
    public static ObjectKey? OfDomain(string name) =>
        name.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 && dot + 1 < name.Length ? new ObjectKey(name[..dot], name[(dot + 1)..]) : null;

    /// <summary>True when the VM names what has changed on the node.</summary>
    public static bool Names(this VirtualMachine machine, NodeReportItem item) => item.Kind switch
    {
        NodeReportKind.Network => machine.GivenInterfaces().Any(card => card.Network == item.Name),
        NodeReportKind.Image => machine.Spec?.Firmware?.Kernel is { } kernel && (kernel.Image == item.Name || kernel.Initrd == item.Name)
            || machine.GivenDisks().Any(disk => disk.Cdrom?.Image == item.Name),

        // Kernels and CD images lie in the default pool, whichever that is; volumes speak for themselves.
        NodeReportKind.Pool => machine.Spec?.Firmware?.Kernel is not null || machine.GivenDisks().Any(disk => disk.Cdrom is not null),
        _ => false,
    };

    /// <summary>Names of the StorageVolumes that the VM's disks are kept in, with its namespace.</summary>
    public static IEnumerable<string> VolumesOf(VirtualMachine machine) => machine.GivenDisks()
        .Where(disk => disk.Template is not null || disk.Volume is not null)
        .Select(disk => $"{machine.Namespace()}/{machine.VolumeNameOf(disk)}");

    /// <summary>Whose domains have to be judged again after a person's or the operator's word in the Hypervisor.</summary>
    public static IEnumerable<ObjectKey> OfStrays(Hypervisor host, StrayDomains strays) =>
        (host.Status?.Releases ?? []).Select(record => new ObjectKey(record.Namespace, record.Name)).Concat(strays.Keys);

    /// <summary>True when a Hypervisor's change says something about domains that no VM holds.</summary>
    public static bool IsWordOnStrays(ObjectChange<Hypervisor> change) =>
        !(change.Old?.Status?.Releases ?? []).SequenceEqual(change.New?.Status?.Releases ?? [])
        || !(change.Old?.Spec.RemoveOrphans ?? []).SequenceEqual(change.New?.Spec.RemoveOrphans ?? [], StringComparer.Ordinal);
}
