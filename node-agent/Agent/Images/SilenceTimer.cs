namespace Berth.NodeAgent.Images;

/// <summary>Cancels <see cref="Token"/> when nobody has called <see cref="Restart"/> for a while, or when the outer token is cancelled.</summary>
internal sealed class SilenceTimer : IDisposable
{
    private readonly TimeSpan _bound;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;

    public SilenceTimer(TimeSpan bound, TimeProvider time, CancellationToken cancellationToken)
    {
        _bound = bound;
        _timer = new CancellationTokenSource(bound, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    public CancellationToken Token => _linked.Token;

    public void Restart() => _timer.CancelAfter(_bound);

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
