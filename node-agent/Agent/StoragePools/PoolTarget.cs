namespace Berth.NodeAgent.StoragePools;

/// <summary>The folder that a pool's path means.</summary>
internal static class PoolTarget
{
    private const UnixFileMode FolderMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The path with all links resolved, as far as it exists; volumes' paths begin with it, and nobody can bend it afterwards without being noticed.</summary>
    public static string Canonical(string path)
    {
        var (folder, missing) = (Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), "");
        while (true)
        {
            if (Posix.Canonical(folder) is { } canonical)
            {
                return Path.Join(canonical, missing);
            }

            (folder, missing) = (Path.GetDirectoryName(folder)!, Path.Join(Path.GetFileName(folder), missing));
        }
    }

    /// <summary>Makes the folder. QEMU, which runs as somebody else, may pass through it; only root lists it.</summary>
    public static void Create(string path) => Directory.CreateDirectory(path, FolderMode);

    /// <summary>Size and free space of the folder's file system, in bytes.</summary>
    public static (long Capacity, long Free) Measure(string path)
    {
        var drive = new DriveInfo(path);
        return (drive.TotalSize, drive.AvailableFreeSpace);
    }
}
