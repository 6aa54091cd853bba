using System.Threading.Channels;

namespace Berth.Operator.Certificates;

/// <summary>Wakes a loop that sleeps between its passes. However often it is woken meanwhile, it makes one pass.</summary>
internal sealed class WakeSignal
{
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Returns when it is woken, or was since the last return, and after <paramref name="longest"/> at the latest.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_wakes.Reader.WaitToReadAsync(either.Token).AsTask(), Task.Delay(longest, time, either.Token));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        _wakes.Reader.TryRead(out _);
    }
}
