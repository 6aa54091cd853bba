namespace Berth.Runtime.Client;

/// <summary>Lets writes leave this process only while it surely leads, by its own monotonic clock.</summary>
/// <remarks>
/// A cancelled token is not enough: a process that was stopped (SIGSTOP, a frozen cgroup, a starved machine) goes on in the
/// middle of any line, long before its timers have told it that its time is over. So the client asks this fence when the
/// bytes of a write leave for the socket, and what the socket still holds is dropped when the fence closes.
/// The monotonic clock goes on while a process is stopped. Safe to use from any thread. Closed at first.
/// </remarks>
public sealed class WriteFence(TimeProvider time)
{
    // In ticks of the monotonic clock. One field, so that it is read whole at any moment.
    private long _openUntil = long.MinValue;

    /// <summary>Raised when the fence closes before its time has run out.</summary>
    public event Action? Closed;

    /// <summary>True while writes may leave.</summary>
    public bool IsOpen => time.GetTimestamp() < Volatile.Read(ref _openUntil);

    /// <summary>Lets writes leave for <paramref name="duration"/> after <paramref name="since"/>, a timestamp of the same clock.</summary>
    public void Open(long since, TimeSpan duration) =>
        Volatile.Write(ref _openUntil, since + (long)(duration.TotalSeconds * time.TimestampFrequency));

    /// <summary>Lets nothing leave any more, and drops what is on its way.</summary>
    public void Close()
    {
        Volatile.Write(ref _openUntil, long.MinValue);
        Closed?.Invoke();
    }

    /// <summary>Fails where the fence is closed.</summary>
    /// <exception cref="KubernetesException"><see cref="KubernetesReasons.NotLeading"/>.</exception>
    public void Check()
    {
        if (!IsOpen)
        {
            throw new KubernetesException("This process does not lead (any more), so it writes nothing.", null, KubernetesReasons.NotLeading);
        }
    }
}
