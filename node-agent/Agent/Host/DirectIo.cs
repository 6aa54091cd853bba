namespace Berth.NodeAgent.Host;

/// <summary>Whether files can be read and written past the host's page cache.</summary>
internal static class DirectIo
{
    /// <summary>True for file systems known to support it; elsewhere QEMU would refuse to open the disk, so the default is no.</summary>
    public static bool IsSupportedOn(string fileSystem) => fileSystem is "ext2" or "ext3" or "ext4" or "xfs" or "btrfs";
}
