namespace Berth.Libvirt;

/// <summary>What a volume is (virStorageVolType).</summary>
public enum StorageVolumeType
{
    File = 0,
    Block = 1,
    Directory = 2,
    Network = 3,
    NetworkDirectory = 4,
    Ploop = 5,
}

/// <summary>A volume; sizes in bytes.</summary>
/// <param name="Key">libvirt's unique name for it; mostly its path.</param>
/// <param name="Capacity">What a guest would see.</param>
/// <param name="Allocation">What it takes up in the pool.</param>
public sealed record StorageVolumeInfo(
    string Pool, string Name, string Key, string Path, StorageVolumeType Type, ulong Capacity, ulong Allocation);

/// <summary>How a volume is made.</summary>
[Flags]
public enum StorageVolumeCreateOptions
{
    None = 0,

    /// <summary>qcow2: all of its tables at once, for speed later.</summary>
    PreallocateMetadata = 1 << 0,

    /// <summary>Clone by sharing blocks; fails where the file system cannot.</summary>
    Reflink = 1 << 1,

    /// <summary>The XML is checked against libvirt's schema first; needs libvirt 8.10.</summary>
    Validate = 1 << 2,
}

/// <summary>How a volume's size is changed.</summary>
[Flags]
public enum StorageVolumeResizeOptions
{
    None = 0,

    /// <summary>The new space is taken from the pool at once.</summary>
    Allocate = 1 << 0,

    /// <summary>Without this, making a volume smaller is refused.</summary>
    Shrink = 1 << 2,
}
