namespace Berth.Libvirt;

/// <summary>The kinds of lifecycle event (virDomainEventType).</summary>
public enum DomainLifecycle
{
    Defined = 0,
    Undefined = 1,
    Started = 2,
    Suspended = 3,
    Resumed = 4,
    Stopped = 5,
    Shutdown = 6,
    PMSuspended = 7,
    Crashed = 8,
}

/// <summary>Why a lifecycle event happened; a cause that this library does not know is <see cref="Unknown"/>.</summary>
public enum DomainLifecycleDetail
{
    Unknown = 0,
    Added,
    Updated,
    Renamed,
    FromSnapshot,
    Removed,
    Booted,
    Migrated,
    Restored,
    Wakeup,
    Paused,
    IOError,
    Watchdog,
    ApiError,
    PostCopy,
    PostCopyFailed,
    Unpaused,
    Shutdown,
    Destroyed,
    Crashed,
    Saved,
    Failed,
    Finished,

    /// <summary>The guest powered itself off.</summary>
    ByGuest,

    /// <summary>Someone on the host ended the process.</summary>
    ByHost,
    Memory,
    Disk,
    Panicked,
    CrashLoaded,
}

/// <summary>What the hypervisor did about an I/O error.</summary>
public enum DomainIOErrorAction
{
    None = 0,
    Pause = 1,
    Report = 2,
}

/// <summary>What the hypervisor did when the watchdog fired.</summary>
public enum DomainWatchdogAction
{
    None = 0,
    Pause = 1,
    Reset = 2,
    PowerOff = 3,
    Shutdown = 4,
    Debug = 5,
    InjectNmi = 6,
}

/// <summary>The kinds of block job.</summary>
public enum DomainBlockJobType
{
    Unknown = 0,
    Pull = 1,
    Copy = 2,
    Commit = 3,
    ActiveCommit = 4,
    Backup = 5,
}

/// <summary>The state of a block job when an event tells of it.</summary>
public enum DomainBlockJobStatus
{
    Completed = 0,
    Failed = 1,
    Canceled = 2,
    Ready = 3,
}
