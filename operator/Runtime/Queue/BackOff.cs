namespace Berth.Runtime.Queue;

/// <summary>Exponential delays with jitter, from <paramref name="Min"/> up to <paramref name="Max"/>.</summary>
public readonly record struct BackOff(TimeSpan Min, TimeSpan Max)
{
    /// <summary>The delays of a failing key: 5 ms to 5 min.</summary>
    public static readonly BackOff Default = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMinutes(5));

    /// <summary>The delay before the next try after <paramref name="failures"/> failures in a row (at least 1): between 80 % and 120 % of the doubled minimum, and never above the maximum.</summary>
    public TimeSpan Delay(int failures) => Delay(failures, Random.Shared.NextDouble());

    /// <summary>The same with a given chance from 0 up to 1.</summary>
    public TimeSpan Delay(int failures, double chance)
    {
        // Doubled as a double: it saturates where ticks would overflow.
        var ticks = Min.Ticks * Math.Pow(2, Math.Max(0, failures - 1)) * (0.8 + (0.4 * chance));
        var bound = Max.Ticks * (0.8 + (0.2 * chance));
        return TimeSpan.FromTicks((long)Math.Min(ticks, bound));
    }
}
