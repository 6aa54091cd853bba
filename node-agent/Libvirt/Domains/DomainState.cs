namespace Berth.Libvirt;

/// <summary>The states of a domain (virDomainState).</summary>
public enum DomainState
{
    NoState = 0,
    Running = 1,
    Blocked = 2,
    Paused = 3,

    /// <summary>The guest has powered off; its process is still there.</summary>
    ShuttingDown = 4,
    ShutOff = 5,
    Crashed = 6,
    PMSuspended = 7,
}

/// <summary>Why a domain is in its state: one set of names for libvirt's numbers, which begin anew with each state.</summary>
public enum DomainStateReason
{
    Unknown = 0,
    Booted,
    Migrated,
    Restored,
    FromSnapshot,
    Unpaused,
    MigrationCanceled,
    SaveCanceled,
    Wakeup,
    Crashed,
    PostCopy,
    PostCopyFailed,
    User,
    Migration,
    Save,
    Dump,
    IOError,
    Watchdog,
    ShuttingDown,
    Snapshot,
    StartingUp,
    Shutdown,
    Destroyed,
    Saved,
    Failed,
    Daemon,
    Panicked,
}
