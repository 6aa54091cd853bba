using static Berth.Libvirt.DomainLifecycleDetail;

namespace Berth.Libvirt;

/// <summary>libvirt numbers the details of each lifecycle event from 0; this gives them one set of names.</summary>
internal static class DomainLifecycleDetails
{
    private static readonly DomainLifecycleDetail[][] s_details =
    [
        [Added, Updated, Renamed, FromSnapshot],
        [Removed, Renamed],
        [Booted, Migrated, Restored, FromSnapshot, Wakeup],
        [Paused, Migrated, IOError, Watchdog, Restored, FromSnapshot, ApiError, PostCopy, PostCopyFailed],
        [Unpaused, Migrated, FromSnapshot, PostCopy, PostCopyFailed],
        [Shutdown, Destroyed, Crashed, Migrated, Saved, Failed, FromSnapshot],
        [Finished, ByGuest, ByHost],
        [Memory, Disk],
        [Panicked, CrashLoaded],
    ];

    internal static DomainLifecycleDetail Of(int lifecycle, int detail) =>
        (uint)lifecycle < (uint)s_details.Length && (uint)detail < (uint)s_details[lifecycle].Length
            ? s_details[lifecycle][detail]
            : Unknown;
}
