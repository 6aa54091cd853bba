using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>Whether a domain has a job, and how the last one ended (virDomainJobType).</summary>
public enum DomainJobType
{
    None = 0,
    Bounded = 1,
    Unbounded = 2,
    Completed = 3,
    Failed = 4,
    Cancelled = 5,
}

/// <summary>What a job does (virDomainJobOperation).</summary>
public enum DomainJobOperation
{
    Unknown = 0,
    Start = 1,
    Save = 2,
    Restore = 3,
    MigrationIn = 4,
    MigrationOut = 5,
    Snapshot = 6,
    SnapshotRevert = 7,
    Dump = 8,
    Backup = 9,
    SnapshotDelete = 10,
}

/// <summary>The progress or the result of a job; times in milliseconds, sizes in bytes, null where unknown.</summary>
public sealed record DomainJob(
    DomainJobType Type,
    DomainJobOperation Operation,
    ulong? TimeElapsed,
    ulong? TimeRemaining,
    ulong? Downtime,
    ulong? DataTotal,
    ulong? DataProcessed,
    ulong? DataRemaining,
    ulong? MemoryBytesPerSecond,
    ulong? MemoryDirtyPagesPerSecond,
    ulong? MemoryIteration,
    bool? Succeeded,
    string? Error)
{
    internal static DomainJob From(DomainJobType type, TypedParameters values)
    {
        var failed = values.Number("success") is 0;
        return new DomainJob(
            failed ? DomainJobType.Failed : type,
            (DomainJobOperation)values.NumberOrZero("operation"),
            values.Number("time_elapsed"),
            values.Number("time_remaining"),
            values.Number("downtime"),
            values.Number("data_total"),
            values.Number("data_processed"),
            values.Number("data_remaining"),
            values.Number("memory_bps"),
            values.Number("memory_dirty_rate"),
            values.Number("memory_iteration"),
            values.Number("success") is { } success ? success == 1 : null,
            values.Text("errmsg"));
    }
}
