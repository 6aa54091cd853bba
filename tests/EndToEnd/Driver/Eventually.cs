using System.Diagnostics;

namespace Berth.EndToEnd.Tests;

/// <summary>Waits for conditions. A wait that fails says what was waited for and what was last seen.</summary>
internal static class Eventually
{
    /// <summary>Long enough for a guest without an operating system on a busy machine.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>Long enough for a Linux guest under emulation on a busy machine.</summary>
    public static readonly TimeSpan Booted = TimeSpan.FromSeconds(180);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    /// <summary>Observes until <paramref name="isMet"/> and returns what was seen then.</summary>
    /// <remarks><paramref name="what"/> fits behind "waited for"; an exception of <paramref name="observe"/> is not caught; <paramref name="show"/> renders the last observation, its own text by default.</remarks>
    public static async Task<T> SeesAsync<T>(
        string what,
        Func<CancellationToken, Task<T>> observe,
        Predicate<T> isMet,
        TimeSpan deadline,
        CancellationToken cancellationToken,
        Func<T, string>? show = null)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var seen = await observe(cancellationToken);
            if (isMet(seen))
            {
                return seen;
            }

            if (watch.Elapsed > deadline)
            {
                Assert.Fail($"waited {watch.Elapsed.TotalSeconds:F0} s for {what}; last seen:\n{(show is null ? seen?.ToString() : show(seen))}");
            }

            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Observes for all of <paramref name="span"/> and fails at the first observation that does not hold.</summary>
    public static async Task HoldsAsync<T>(
        string what, Func<CancellationToken, Task<T>> observe, Predicate<T> holds, TimeSpan span, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        do
        {
            var seen = await observe(cancellationToken);
            Assert.True(holds(seen), $"after {watch.Elapsed.TotalSeconds:F1} s no longer: {what}; seen:\n{seen}");
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }
        while (watch.Elapsed < span);
    }
}
