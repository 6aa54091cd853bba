namespace Berth.Libvirt;

/// <summary>A domain in a list.</summary>
/// <param name="Id">The number that an active domain has on this host until it stops; null while it is off.</param>
public sealed record DomainSummary(Guid Uuid, string Name, int? Id, DomainStatus Status)
{
    /// <summary>Whether the domain has a process, running or paused.</summary>
    public bool IsActive => Id is not null;
}

/// <summary>A domain as libvirt knows it now.</summary>
/// <param name="IsPersistent">Whether its definition outlives its process.</param>
/// <param name="IsAutostarted">Whether libvirt starts it with the host.</param>
/// <param name="MaximumMemoryKib">The memory that the guest may have at most, in KiB.</param>
/// <param name="MemoryKib">The memory that the guest has now, in KiB.</param>
/// <param name="CpuTimeNanoseconds">CPU time used since the start, in nanoseconds.</param>
public sealed record DomainDetails(
    Guid Uuid,
    string Name,
    int? Id,
    DomainStatus Status,
    bool IsPersistent,
    bool IsAutostarted,
    ulong MaximumMemoryKib,
    ulong MemoryKib,
    int VcpuCount,
    ulong CpuTimeNanoseconds);
