using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Berth.Testing;

/// <summary>Waits until a condition holds, and names it when it does not come true.</summary>
public static class Eventually
{
    private static readonly TimeSpan DefaultTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(Func<bool> condition, CancellationToken cancellationToken, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        TrueAsync(() => Task.FromResult(condition()), cancellationToken, within, what);

    public static async Task TrueAsync(Func<Task<bool>> condition, CancellationToken cancellationToken, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > (within ?? DefaultTime))
            {
                throw new TimeoutException($"Did not come true: {what}");
            }

            await Task.Delay(Step, cancellationToken);
        }
    }
}
