namespace Berth.NodeAgent.StoragePools;

/// <summary>Holds a pool's lock while files are made or removed, and its folder open, whose marker was read through that very handle: whatever is mounted over it or put in its place meanwhile, nothing is done there.</summary>
internal sealed class PoolHold : IDisposable
{
    private readonly SemaphoreSlim _lock;

    private PoolHold(SemaphoreSlim @lock, FolderHandle folder) => (_lock, Folder) = (@lock, folder);

    /// <summary>The pool's folder.</summary>
    public FolderHandle Folder { get; }

    /// <exception cref="IOException">The marker is not there: nothing may be touched.</exception>
    public static async Task<PoolHold> TakeAsync(LocalPool pool, CancellationToken cancellationToken) =>
        await TryTakeAsync(pool, cancellationToken)
        ?? throw new IOException($"The folder of pool \"{pool.Name}\" has lost its marker; nothing in it is touched.");

    /// <summary>The same; null when the marker is not there.</summary>
    public static async Task<PoolHold?> TryTakeAsync(LocalPool pool, CancellationToken cancellationToken)
    {
        await pool.Lock.WaitAsync(cancellationToken);
        if (OpenMarked(pool) is { } folder)
        {
            return new PoolHold(pool.Lock, folder);
        }

        pool.Lock.Release();
        return null;
    }

    private static FolderHandle? OpenMarked(LocalPool pool)
    {
        FolderHandle? folder = null;
        try
        {
            folder = FolderHandle.Open(pool.Target);
            if (PoolMarker.Read(folder) == pool.Marker)
            {
                return folder;
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
        }

        folder?.Dispose();
        return null;
    }

    public void Dispose()
    {
        Folder.Dispose();
        _lock.Release();
    }
}
