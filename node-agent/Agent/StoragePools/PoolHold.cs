namespace Berth.NodeAgent.StoragePools;

/// <summary>Holds a pool's lock while files are made or removed, after a last look at its marker.</summary>
internal sealed class PoolHold : IAsyncDisposable
{
    private readonly SemaphoreSlim _lock;

    private PoolHold(SemaphoreSlim @lock) => _lock = @lock;

    /// <exception cref="IOException">The marker is not there: nothing may be touched.</exception>
    public static async Task<PoolHold> TakeAsync(LocalPool pool, CancellationToken cancellationToken)
    {
        await pool.Lock.WaitAsync(cancellationToken);
        if (pool.IsMarked())
        {
            return new PoolHold(pool.Lock);
        }

        pool.Lock.Release();
        throw new IOException($"The folder of pool \"{pool.Name}\" has lost its marker; nothing in it is touched.");
    }

    public ValueTask DisposeAsync()
    {
        _lock.Release();
        return ValueTask.CompletedTask;
    }
}
