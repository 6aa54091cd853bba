using System.Collections.Concurrent;

namespace Berth.Libvirt;

/// <summary>Who is behind the opaque value that libvirt hands to a callback.</summary>
/// <remarks>
/// The opaque value is a number, never used twice, and not a GC handle: drivers without a close callback accept one and
/// then call neither it nor its free function, and a callback may still be on its way when its registration ends. A
/// number that is no longer known is simply ignored, where a freed handle would be a crash.
/// </remarks>
internal static class CallbackRegistry
{
    private static readonly ConcurrentDictionary<nint, object> s_targets = new();
    private static long s_last;

    internal static nint Add(object target)
    {
        var opaque = (nint)Interlocked.Increment(ref s_last);
        s_targets[opaque] = target;
        LibvirtHandles.Opened(LibvirtObjectKind.Callback);
        return opaque;
    }

    internal static T? Find<T>(nint opaque)
        where T : class =>
        s_targets.TryGetValue(opaque, out var target) ? target as T : null;

    /// <summary>Forgets the target; harmless when libvirt's free callback has done so already.</summary>
    internal static void Remove(nint opaque)
    {
        if (s_targets.TryRemove(opaque, out _))
        {
            LibvirtHandles.Closed(LibvirtObjectKind.Callback);
        }
    }
}
