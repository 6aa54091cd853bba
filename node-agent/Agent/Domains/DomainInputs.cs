using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.VirtualNetworks;

namespace Berth.NodeAgent.Domains;

/// <summary>Puts the spec and what the node found for it together.</summary>
internal static class DomainInputs
{
    private const string DefaultCard = "virtio";

    /// <summary>The input of the VM's domain.</summary>
    public static DomainInput Of(VirtualMachine machine, DomainParts parts) => new()
    {
        Id = DomainId(machine),
        Name = DomainName(machine),
        Owner = new DomainOwner
        {
            Namespace = machine.Namespace() ?? "",
            Name = machine.Name(),
            Uid = machine.Uid(),
            Cluster = parts.Cluster,
            Epoch = machine.Epoch(),
            RestartedAt = parts.RestartedAt,
            StartedAt = parts.StartedAt,
            SeedDigest = parts.SeedDigest,
        },
        Accelerator = parts.Accelerator,
        HostIsIntel = parts.HostIsIntel,
        MachineType = machine.Status?.Domain?.MachineType,
        Spec = machine.Spec,
        Kernel = parts.KernelPath is { } path ? new DomainKernel(path, parts.InitrdPath, machine.Spec.Firmware?.Kernel?.Cmdline) : null,
        Disks = Disks(machine, parts),
        Interfaces = [.. (machine.Spec.Interfaces ?? []).Select(card => new DomainInterface(card.Name, MacAddress.Of(machine.Uid(), card), VirtualNetworkXml.NameOf(card.Network), card.Model ?? DefaultCard))],
        SeedPath = parts.SeedPath,
        Partition = parts.Partition,
        ConsoleLog = parts.ConsoleLog,
    };

    /// <summary>UUID of the VM's domain; <see cref="Guid.Empty"/> for a UID that is no UUID.</summary>
    public static Guid DomainId(VirtualMachine machine) => Guid.TryParse(machine.Uid(), out var id) ? id : Guid.Empty;

    /// <summary>Name of the VM's domain.</summary>
    public static string DomainName(VirtualMachine machine) => $"{machine.Namespace()}.{machine.Name()}";

    /// <summary>The bus of a disk: the spec's, or the default of its sort.</summary>
    public static string BusOf(Disk disk) => disk.Bus ?? (disk.Cdrom is null ? DiskBuses.Virtio : DiskBuses.Sata);

    private static DomainDisk[] Disks(VirtualMachine machine, DomainParts parts)
    {
        var disks = machine.Spec.Disks ?? [];
        var targets = DiskTargets.For(disks.Select(BusOf));
        var orders = machine.Spec.Firmware?.Kernel is null ? BootOrders(disks) : new int?[disks.Count];
        return [.. disks.Select((disk, index) =>
        {
            var file = parts.Files[disk.Name];
            return new DomainDisk
            {
                Name = disk.Name,
                Path = file.Path,
                Format = file.Format,
                DirectIo = file.DirectIo,
                Bus = BusOf(disk),
                Target = targets[index],
                IsCdrom = disk.Cdrom is not null,
                BootOrder = orders[index],
            };
        })];
    }

    // libvirt wants each number once: the disks that name a place come first, then the others as they are listed.
    private static int?[] BootOrders(IList<Disk> disks)
    {
        var orders = new int?[disks.Count];
        var place = 1;
        foreach (var index in Enumerable.Range(0, disks.Count).OrderBy(index => disks[index].BootOrder ?? int.MaxValue))
        {
            orders[index] = place++;
        }

        return orders;
    }
}
