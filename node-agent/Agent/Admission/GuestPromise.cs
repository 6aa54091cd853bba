using Berth.Api;
using Berth.Libvirt;

namespace Berth.NodeAgent.Admission;

/// <summary>Memory of a running guest, in bytes.</summary>
/// <param name="Id">UUID of its domain.</param>
/// <param name="Promised">What it may come to take from its host: its memory and QEMU's overhead.</param>
/// <param name="Resident">What its QEMU has taken so far; 0 where libvirt could not tell, which counts all that is promised as still to come.</param>
internal sealed record GuestPromise(Guid Id, long Promised, long Resident)
{
    private const long Kibibyte = 1024;

    /// <summary>What libvirt's figures of memory and vCPUs come to.</summary>
    // Disks and interfaces take theirs when the guest starts: that is resident by now.
    public static GuestPromise Of(DomainStatistics guest)
    {
        var memory = (long)Math.Max(guest.Memory?.Maximum ?? 0, guest.Memory?.Current ?? 0) * Kibibyte;
        return new(guest.Uuid, memory + BerthOverhead.Of(memory, guest.Vcpus.Count), (long)(guest.Memory?.Rss ?? 0) * Kibibyte);
    }
}
