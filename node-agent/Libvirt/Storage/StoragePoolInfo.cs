namespace Berth.Libvirt;

/// <summary>The states of a storage pool (virStoragePoolState).</summary>
public enum StoragePoolState
{
    Inactive = 0,
    Building = 1,
    Running = 2,
    Degraded = 3,
    Inaccessible = 4,
}

/// <summary>A storage pool; sizes in bytes, as of its last refresh, 0 while it is inactive.</summary>
public sealed record StoragePoolInfo(
    Guid Uuid,
    string Name,
    StoragePoolState State,
    bool IsPersistent,
    bool IsAutostarted,
    ulong Capacity,
    ulong Allocation,
    ulong Available)
{
    /// <summary>Whether the pool is started; that alone does not prove that its storage works.</summary>
    public bool IsActive => State is not StoragePoolState.Inactive;
}

/// <summary>What building a pool does to what is there already.</summary>
public enum StoragePoolBuildMode
{
    /// <summary>The pool type's own way; for a directory: make it if it is missing.</summary>
    New = 0,

    /// <summary>Fail if there is data already.</summary>
    NoOverwrite = 1 << 2,
    Overwrite = 1 << 3,
}
