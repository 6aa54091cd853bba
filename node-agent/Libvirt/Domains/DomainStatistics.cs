namespace Berth.Libvirt;

/// <summary>Which figures are wanted; each costs the daemon a question to the guest's process or monitor.</summary>
[Flags]
public enum DomainStatisticsKinds
{
    State = 1 << 0,
    Cpu = 1 << 1,
    Balloon = 1 << 2,
    Vcpu = 1 << 3,
    Interface = 1 << 4,
    Block = 1 << 5,

    /// <summary>All that this library reads.</summary>
    All = State | Cpu | Balloon | Vcpu | Interface | Block,
}

/// <summary>The figures of one domain at one time; what was not asked for or could not be had is null or empty.</summary>
public sealed record DomainStatistics(
    Guid Uuid,
    string Name,
    DomainStatus? Status,
    DomainCpuStatistics? Cpu,
    DomainMemoryStatistics? Memory,
    IReadOnlyList<DomainVcpuStatistics> Vcpus,
    IReadOnlyList<DomainInterfaceStatistics> Interfaces,
    IReadOnlyList<DomainBlockStatistics> Blocks);

/// <summary>CPU time of the domain's process since its start, in nanoseconds.</summary>
public sealed record DomainCpuStatistics(ulong TotalNanoseconds, ulong UserNanoseconds, ulong SystemNanoseconds);

/// <summary>Memory in KiB; what only the guest's balloon driver knows is null without it.</summary>
/// <param name="Rss">What the domain's process holds of the host.</param>
/// <param name="Available">What the guest sees in all.</param>
/// <param name="Unused">What the guest does not use at all.</param>
/// <param name="Usable">What the guest could give up without swapping.</param>
public sealed record DomainMemoryStatistics(
    ulong Current,
    ulong Maximum,
    ulong? Rss,
    ulong? Available,
    ulong? Unused,
    ulong? Usable,
    ulong? SwapIn,
    ulong? SwapOut,
    ulong? MajorFaults,
    ulong? MinorFaults,
    ulong? DiskCaches);

/// <summary>One vCPU: its time in nanoseconds since the start, and the time it was ready and had to wait.</summary>
public sealed record DomainVcpuStatistics(int Number, bool IsOnline, ulong? TimeNanoseconds, ulong? WaitNanoseconds, ulong? DelayNanoseconds);

/// <summary>One interface, by the host's name for it.</summary>
public sealed record DomainInterfaceStatistics(string Name, InterfaceStatistics Traffic);

/// <summary>One disk, by its target name; sizes in bytes, null where unknown.</summary>
public sealed record DomainBlockStatistics(
    string Name, string? Path, BlockStatistics Traffic, ulong? Capacity, ulong? Allocation, ulong? Physical);
