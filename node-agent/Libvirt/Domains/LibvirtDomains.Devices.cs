using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

// Changes to a domain's hardware.
public sealed partial class LibvirtDomains
{
    private const uint ResizeInBytes = 1 << 0;
    private const uint ForceUpdate = 1 << 2;
    private const uint Maximum = 1 << 2;

    /// <summary>Adds a device.</summary>
    public Task AttachDeviceAsync(Guid uuid, string xml, DomainImpact impact, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest, uuid, domain => Check(virDomainAttachDeviceFlags(domain, xml, (uint)impact)), cancellationToken);

    /// <summary>Removes a device, found by the XML. A running guest lets go of it later: <see cref="DomainDeviceRemoved"/>.</summary>
    public Task DetachDeviceAsync(Guid uuid, string xml, DomainImpact impact, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest, uuid, domain => Check(virDomainDetachDeviceFlags(domain, xml, (uint)impact)), cancellationToken);

    /// <summary>Removes a device, found by its alias. Always ends later, even when the guest is quick: <see cref="DomainDeviceRemoved"/>.</summary>
    public Task DetachDeviceByAliasAsync(
        Guid uuid, string alias, DomainImpact impact, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainDetachDeviceAlias(domain, alias, (uint)impact)),
            cancellationToken);

    /// <summary>Changes a device in place, such as the medium of a drive or the link of an interface.</summary>
    /// <param name="force">Also when the guest holds on to it, such as a locked tray.</param>
    public Task UpdateDeviceAsync(
        Guid uuid, string xml, DomainImpact impact, bool force, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainUpdateDeviceFlags(domain, xml, (uint)impact | (force ? ForceUpdate : 0))),
            cancellationToken);

    /// <summary>Sets the number of vCPUs.</summary>
    public Task SetVcpusAsync(Guid uuid, int count, DomainImpact impact, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainSetVcpusFlags(domain, (uint)count, (uint)impact)),
            cancellationToken);

    /// <summary>Sets how many vCPUs the domain may have at most, from its next start.</summary>
    public Task SetMaximumVcpusAsync(Guid uuid, int count, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainSetVcpusFlags(domain, (uint)count, (uint)DomainImpact.Config | Maximum)),
            cancellationToken);

    /// <summary>Sets the guest's memory in KiB; a running guest follows by its balloon, in its own time.</summary>
    public Task SetMemoryAsync(Guid uuid, ulong kib, DomainImpact impact, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainSetMemoryFlags(domain, checked((nuint)kib), (uint)impact)),
            cancellationToken);

    /// <summary>Sets how much memory in KiB the domain may have at most, from its next start.</summary>
    public Task SetMaximumMemoryAsync(Guid uuid, ulong kib, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainSetMemoryFlags(domain, checked((nuint)kib), (uint)DomainImpact.Config | Maximum)),
            cancellationToken);

    /// <summary>Sets how often, in seconds, the balloon driver reports the guest's memory figures; 0 stops it.</summary>
    public Task SetMemoryStatsPeriodAsync(
        Guid uuid, int seconds, DomainImpact impact, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainSetMemoryStatsPeriod(domain, seconds, (uint)impact)),
            cancellationToken);

    /// <summary>Sets the size in bytes that a running guest sees of a disk, named by target or path, growing its image.</summary>
    public Task ResizeBlockAsync(Guid uuid, string disk, ulong bytes, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainBlockResize(domain, disk, bytes, ResizeInBytes)),
            cancellationToken);

    /// <summary>Reads the sizes of a disk, named by target or path; null if there is no such domain.</summary>
    public Task<BlockInfo?> GetBlockInfoAsync(Guid uuid, string disk, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Guest, uuid, domain => ReadBlockInfo(domain, disk), cancellationToken);

    private static unsafe BlockInfo ReadBlockInfo(VirDomainHandle domain, string disk)
    {
        VirDomainBlockInfo info;
        Check(virDomainGetBlockInfo(domain, disk, &info, 0));
        return new BlockInfo(info.Capacity, info.Allocation, info.Physical);
    }
}
