namespace Berth.Runtime.Store;

/// <content>Reading everything anew on request.</content>
public sealed partial class Informer<T>
{
    private readonly Lock _refreshLock = new();
    private readonly List<TaskCompletionSource> _refreshes = [];
    private CancellationTokenSource? _watch;

    private bool IsRefreshWanted
    {
        get
        {
            lock (_refreshLock)
            {
                return _refreshes.Count > 0;
            }
        }
    }

    /// <inheritdoc/>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_refreshLock)
        {
            _refreshes.Add(done);
            _ = _watch?.CancelAsync(); // what hears of it must not run under the lock
        }

        try
        {
            await done.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            EndRefreshes([done]);
        }
    }

    private TaskCompletionSource[] PendingRefreshes()
    {
        lock (_refreshLock)
        {
            return [.. _refreshes];
        }
    }

    private void EndRefreshes(TaskCompletionSource[] done)
    {
        lock (_refreshLock)
        {
            _refreshes.RemoveAll(done.Contains);
        }

        Array.ForEach(done, refresh => refresh.TrySetResult());
    }

    /// <summary>False when a refresh is wanted, which goes before.</summary>
    private bool BeginWatch(CancellationTokenSource watch)
    {
        lock (_refreshLock)
        {
            _watch = _refreshes.Count > 0 ? null : watch;
            return _watch is not null;
        }
    }

    private void EndWatch()
    {
        lock (_refreshLock)
        {
            _watch = null;
        }
    }
}
