using static Berth.Libvirt.DomainStateReason;

namespace Berth.Libvirt;

/// <summary>A domain's state and why it is in it.</summary>
public readonly record struct DomainStatus(DomainState State, DomainStateReason Reason)
{
    private static readonly DomainStateReason[][] s_reasons =
    [
        [Unknown],
        [
            Unknown, Booted, Migrated, Restored, FromSnapshot, Unpaused, MigrationCanceled, SaveCanceled, Wakeup,
            DomainStateReason.Crashed, PostCopy, PostCopyFailed,
        ],
        [Unknown],
        [
            Unknown, User, Migration, Save, Dump, IOError, Watchdog, FromSnapshot, ShuttingDown, Snapshot,
            DomainStateReason.Crashed, StartingUp, PostCopy, PostCopyFailed,
        ],
        [Unknown, User],
        [
            Unknown, Shutdown, Destroyed, DomainStateReason.Crashed, Migrated, Saved, Failed, FromSnapshot, Daemon,
        ],
        [Unknown, Panicked],
        [Unknown],
    ];

    /// <summary>Whether the domain has a process, running or paused.</summary>
    public bool IsActive => State is not (DomainState.ShutOff or DomainState.NoState or DomainState.Crashed)
        || (State is DomainState.Crashed && Reason is Panicked);

    internal static DomainStatus From(int state, int reason) => new(
        Enum.IsDefined((DomainState)state) ? (DomainState)state : DomainState.NoState,
        (uint)state < (uint)s_reasons.Length && (uint)reason < (uint)s_reasons[state].Length
            ? s_reasons[state][reason]
            : Unknown);
}
