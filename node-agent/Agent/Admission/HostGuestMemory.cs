using Berth.Libvirt;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Admission;

/// <summary>Asks the host's libvirt, which reads what QEMU holds from the process itself: an agent in a pid namespace of its own could not.</summary>
internal sealed class HostGuestMemory(LibvirtConnection libvirt) : IGuestMemory
{
    public async Task<IReadOnlyList<GuestPromise>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var guests = await LibvirtCalls.OfAsync(
                libvirt.Domains.GetAllStatisticsAsync(DomainStatisticsKinds.Balloon | DomainStatisticsKinds.Vcpu, cancellationToken));
            return [.. guests.Select(GuestPromise.Of)];
        }
        catch (HypervisorException exception) when (exception.InnerException is LibvirtException { Code: LibvirtErrorCode.NoSupport })
        {
            // libvirt's test driver, whose domains take no memory.
            return [];
        }
    }
}
