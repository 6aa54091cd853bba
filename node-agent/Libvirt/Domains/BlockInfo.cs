namespace Berth.Libvirt;

/// <summary>The sizes of a disk in bytes.</summary>
/// <param name="Capacity">What the guest sees.</param>
/// <param name="Allocation">What the image takes up on its storage.</param>
/// <param name="Physical">How long the image is.</param>
public sealed record BlockInfo(ulong Capacity, ulong Allocation, ulong Physical);

/// <summary>What went through a disk since the domain's start; times in nanoseconds, null where the hypervisor does not count.</summary>
public sealed record BlockStatistics(
    ulong ReadRequests,
    ulong ReadBytes,
    ulong? ReadNanoseconds,
    ulong WriteRequests,
    ulong WriteBytes,
    ulong? WriteNanoseconds,
    ulong? FlushRequests,
    ulong? FlushNanoseconds);

/// <summary>What went through an interface since the domain's start, as the guest sees it.</summary>
public sealed record InterfaceStatistics(
    ulong ReceivedBytes,
    ulong ReceivedPackets,
    ulong ReceivedErrors,
    ulong ReceivedDropped,
    ulong SentBytes,
    ulong SentPackets,
    ulong SentErrors,
    ulong SentDropped);
