using Berth.Api;
using Berth.Libvirt;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Admission;

/// <summary>Asks the host's libvirt, which reads what QEMU holds from the process itself: an agent in a pid namespace of its own could not.</summary>
internal sealed class HostGuestMemory(LibvirtConnection libvirt) : IGuestMemory
{
    private const long Kibibyte = 1024;

    public async Task<IReadOnlyList<GuestPromise>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var guests = await LibvirtCalls.OfAsync(
                libvirt.Domains.GetAllStatisticsAsync(DomainStatisticsKinds.Balloon | DomainStatisticsKinds.Vcpu, cancellationToken));
            return [.. guests.Select(Read)];
        }
        catch (HypervisorException exception) when (exception.InnerException is LibvirtException { Code: LibvirtErrorCode.NoSupport })
        {
            // libvirt's test driver, whose domains take no memory.
            return [];
        }
    }

    // Disks and interfaces take theirs when the guest starts: that is resident by now.
    private static GuestPromise Read(DomainStatistics guest)
    {
        var memory = (long)Math.Max(guest.Memory?.Maximum ?? 0, guest.Memory?.Current ?? 0) * Kibibyte;
        return new(guest.Uuid, memory + BerthOverhead.Of(memory, guest.Vcpus.Count), (long)(guest.Memory?.Rss ?? 0) * Kibibyte);
    }
}
