using System.Collections.Concurrent;

namespace Berth.NodeAgent.StoragePools;

/// <summary>The pools of this node, for those who put files into them.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class LocalPools
{
    private readonly ConcurrentDictionary<string, LocalPool> _pools = new(StringComparer.Ordinal);

    public IReadOnlyCollection<LocalPool> All => [.. _pools.Values];

    /// <summary>The pool of this name, whatever state it is in; null when this node has none.</summary>
    public LocalPool? Find(string name) => _pools.GetValueOrDefault(name);

    /// <summary>Replaces what is known of a pool; whoever waits for its lock keeps waiting for the same one.</summary>
    public LocalPool Put(LocalPool pool) =>
        _pools.AddOrUpdate(pool.Name, pool, (_, known) => known.Uid == pool.Uid ? pool with { Lock = known.Lock } : pool);

    public void Remove(string name) => _pools.TryRemove(name, out _);
}

/// <summary>A pool of this node.</summary>
internal sealed record LocalPool
{
    public required string Name { get; init; }

    /// <summary>UID of the StoragePool, which is libvirt's UUID of the pool.</summary>
    public required string Uid { get; init; }

    /// <summary>The folder, without links.</summary>
    public required string Target { get; init; }

    /// <summary>What its marker must say.</summary>
    public required PoolMarker Marker { get; init; }

    public required string ReclaimPolicy { get; init; }

    /// <summary>True when volumes can be made and used.</summary>
    public bool IsAvailable { get; init; }

    /// <summary>True once the StoragePool is gone and files of ours are left: they may still be deleted, nothing may be made.</summary>
    public bool IsRetired { get; init; }

    /// <summary>Held while files are made or removed: the one who looks for unused images must not see a chain half made, and libvirt refuses to refresh a pool meanwhile.</summary>
    public SemaphoreSlim Lock { get; init; } = new(1, 1);

    /// <summary>Reads the marker again. A file system can go at any time, so this is asked right before each change.</summary>
    public bool IsMarked()
    {
        try
        {
            return PoolMarker.Read(Target) == Marker;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return false;
        }
    }
}
