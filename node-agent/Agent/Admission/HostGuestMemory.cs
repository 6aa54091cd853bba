using Berth.Libvirt;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Admission;

/// <summary>Asks the host's libvirt, which reads what QEMU holds from the process itself: an agent in a pid namespace of its own could not.</summary>
internal sealed class HostGuestMemory(LibvirtConnection libvirt, TimeProvider time) : IGuestMemory
{
    /// <summary>How long guests may take to answer before they are asked once more.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<IReadOnlyList<GuestPromise>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // A guest whose QEMU hangs holds the first call up for as long as it hangs; the next passes it over.
            return await ReadAsync(cancellationToken);
        }
    }

    private async Task<IReadOnlyList<GuestPromise>> ReadAsync(CancellationToken cancellationToken)
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
