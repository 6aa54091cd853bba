using System.Threading.Channels;
using Berth.Runtime.Queue;

namespace Berth.Operator.Certificates;

/// <summary>Wakes a loop that sleeps between its passes. However often it is woken meanwhile, it makes one pass.</summary>
internal sealed class WakeSignal
{
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Makes passes until it is cancelled, which ends it without an exception: after one that failed, <paramref name="backOff"/> later, after any other when it is woken, or after <paramref name="pause"/>.</summary>
    public async Task RepeatAsync(Func<CancellationToken, Task<bool>> tryPass, Func<TimeSpan> pause, BackOff backOff, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var failures = 0;
            while (true)
            {
                failures = await tryPass(cancellationToken) ? 0 : failures + 1;
                await WaitAsync(failures == 0 ? pause() : backOff.Delay(failures), time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Returns when it is woken, or was since the last return, and after <paramref name="longest"/> at the latest.</summary>
    private async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_wakes.Reader.WaitToReadAsync(either.Token).AsTask(), Task.Delay(longest, time, either.Token));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        _wakes.Reader.TryRead(out _);
    }
}
