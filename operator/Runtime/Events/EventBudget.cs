namespace Berth.Runtime.Events;

/// <summary>How many writes the events of one object are worth: so many at once, then one in a while, as client-go's correlator allows. Not thread-safe.</summary>
internal sealed class EventBudget(EventPublisherOptions options, TimeProvider time)
{
    private double _writes = options.Burst;
    private long _counted = time.GetTimestamp();

    public long LastUsed => _counted;

    /// <summary>True when a new budget would allow no more.</summary>
    public bool IsFull => _writes + (time.GetElapsedTime(_counted) / options.RefillTime) >= options.Burst;

    /// <summary>How long until another write is allowed; zero when it is now.</summary>
    public TimeSpan Wait()
    {
        _writes = Math.Min(options.Burst, _writes + (time.GetElapsedTime(_counted) / options.RefillTime));
        _counted = time.GetTimestamp();

        // Rounding must not make a write due a moment before it is allowed.
        return _writes >= 1 - 1e-6 ? TimeSpan.Zero : (1 - _writes) * options.RefillTime;
    }

    public void Take() => _writes--;
}
