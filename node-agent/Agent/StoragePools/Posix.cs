using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Berth.NodeAgent.StoragePools;

/// <summary>The calls of the C library that pools and images need and .NET does not offer: names in an open folder, hard links, syncing a folder, opening without following links.</summary>
/// <remarks>Paths and buffers are byte arrays, so that nothing has to be marshalled and the project stays without unsafe code.</remarks>
internal static class Posix
{
    private const int NotFound = 2;
    private const int WouldBlock = 11;
    private const int Exists = 17;
    private const int NotADirectory = 20;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int TooManyLinks = 40;
    private const int PathMax = 4096;

    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int CreateNew = 0x40 | 0x80;
    private const int NonBlock = 0x800;
    private const int CloseOnExec = 0x80000;

    // These two are swapped between x86 and Arm.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000;
    private static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    private const int WorkingDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const int DoNotFollow = 0x100;
    private const int LockExclusively = 2;
    private const int DoNotWait = 4;
    private const uint OwnerOnly = 0x180;
    private const uint BasicStats = 0x7ff;
    private const int ReadableByOthers = 0x4;

    /// <summary>True when a file system refused because it, or what its user may have of it, is full.</summary>
    public static bool IsForWantOfSpace(IOException exception) => exception.HResult is NoSpace or QuotaExceeded;

    /// <summary>Opens a folder. Never follows a link in the last component.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no folder.</exception>
    public static SafeFileHandle OpenFolder(string path) => Open(null, path, ReadOnly | DirectoryOnly);

    /// <summary>Gives a name in <paramref name="folder"/> a second one there; false when that is taken, which is never replaced.</summary>
    public static bool Link(SafeFileHandle folder, string existing, string created)
    {
        if (linkat(folder, Bytes(existing), folder, Bytes(created), 0) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == Exists ? false : throw Failure("link", created, error);
    }

    /// <summary>Gives a name in <paramref name="folder"/> another one there, in the place of whatever has it.</summary>
    public static void Rename(SafeFileHandle folder, string name, string to)
    {
        if (renameat(folder, Bytes(name), folder, Bytes(to)) != 0)
        {
            throw Failure("rename", name, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Removes a name from <paramref name="folder"/>; false when there is none.</summary>
    public static bool Unlink(SafeFileHandle folder, string name)
    {
        if (unlinkat(folder, Bytes(name), 0) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NotFound ? false : throw Failure("remove", name, error);
    }

    /// <summary>Makes what was changed in an open file or folder survive a power cut.</summary>
    public static void Sync(SafeFileHandle handle, string path)
    {
        if (fsync(handle) != 0)
        {
            throw Failure("sync", path, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Opens a file for reading. Never follows a link in the last component, and never waits for the other end of a pipe.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public static SafeFileHandle OpenRead(string path) => Open(null, path, ReadOnly);

    /// <summary>The same of a name in <paramref name="folder"/>.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public static SafeFileHandle OpenRead(SafeFileHandle folder, string name) => Open(folder, name, ReadOnly);

    /// <summary>Opens a name in <paramref name="folder"/> for reading and writing, as carefully.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public static SafeFileHandle OpenReadWrite(SafeFileHandle folder, string name) => Open(folder, name, ReadWrite);

    /// <summary>Makes a file in <paramref name="folder"/> that its owner alone may open; null when the name is taken.</summary>
    public static SafeFileHandle? Create(SafeFileHandle folder, string name)
    {
        var handle = openat(folder, Bytes(name), ReadWrite | CreateNew | NoFollow | CloseOnExec, OwnerOnly);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == Exists ? null : throw Failure("make", name, error);
    }

    /// <summary>Locks an open file for as long as it is open; false when somebody else has it locked.</summary>
    public static bool TryLock(SafeFileHandle file)
    {
        if (flock(file, LockExclusively | DoNotWait) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == WouldBlock ? false : throw Failure("lock", PathOf(file) ?? "", error);
    }

    /// <summary>Makes an open file at least as long as <paramref name="size"/> and takes all of the space beyond <paramref name="offset"/> for it.</summary>
    /// <exception cref="IOException">The file system refuses, for one because it is full.</exception>
    public static void Allocate(SafeFileHandle file, long offset, long size)
    {
        // It gives the error back, and sets no errno.
        if (posix_fallocate(file, offset, size - offset) is not 0 and var error)
        {
            throw Failure("allocate", PathOf(file) ?? "", error);
        }
    }

    private static SafeFileHandle Open(SafeFileHandle? folder, string path, int flags)
    {
        flags |= NoFollow | NonBlock | CloseOnExec;
        var handle = folder is null ? openat(WorkingDirectory, Bytes(path), flags, 0) : openat(folder, Bytes(path), flags, 0);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw error == NotFound ? new FileNotFoundException($"{path} does not exist.", path)
            : error == TooManyLinks ? new SymbolicLinkException(path)
            : Failure("open", path, error);
    }

    /// <summary>What an open file is.</summary>
    public static FileFacts Describe(SafeFileHandle handle) => Describe(handle, "", EmptyPath)!.Value;

    /// <summary>What has a name in <paramref name="folder"/>, itself and not what it may lead to; null when nothing has.</summary>
    public static FileFacts? Describe(SafeFileHandle folder, string name) => Describe(folder, name, DoNotFollow);

    private static FileFacts? Describe(SafeFileHandle handle, string name, int flags)
    {
        // struct statx has one layout on every architecture: number of names at 16, mode at 28, inode at 32, size at 40, 512-byte blocks at 48.
        var buffer = new byte[256];
        if (statx(handle, Bytes(name), flags, BasicStats, buffer) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == NotFound && name.Length > 0 ? null : throw Failure("statx", name.Length > 0 ? name : handle.ToString() ?? "", error);
        }

        var mode = BitConverter.ToUInt16(buffer, 28);
        var kind = (mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            _ => FileKind.Other,
        };
        return new FileFacts(kind, BitConverter.ToInt64(buffer, 40), BitConverter.ToInt64(buffer, 48) * 512)
        {
            Names = BitConverter.ToUInt32(buffer, 16),
            IsReadableByAll = (mode & ReadableByOthers) != 0,
        };
    }

    /// <summary>The path without links, <c>.</c> and <c>..</c>; null when it does not exist.</summary>
    public static string? Canonical(string path)
    {
        var buffer = new byte[PathMax];
        if (realpath(Bytes(path), buffer) != nint.Zero)
        {
            return Encoding.UTF8.GetString(buffer, 0, Array.IndexOf(buffer, (byte)0));
        }

        var error = Marshal.GetLastPInvokeError();
        return error is NotFound or NotADirectory ? null : throw Failure("resolve", path, error);
    }

    /// <summary>Where an open file is now, as the kernel sees it.</summary>
    public static string? PathOf(SafeFileHandle handle) =>
        new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;

    private static IOException Failure(string what, string path, int error) =>
        new($"Cannot {what} {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    private static byte[] Bytes(string path) => path.Contains('\0')
        ? throw new IOException("A path holds a zero character.")
        : Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", SetLastError = true)]
    private static extern int linkat(SafeFileHandle folder, byte[] existing, SafeFileHandle otherFolder, byte[] created, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int renameat(SafeFileHandle folder, byte[] name, SafeFileHandle otherFolder, byte[] to);

    [DllImport("libc", SetLastError = true)]
    private static extern int unlinkat(SafeFileHandle folder, byte[] name, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle openat(int folder, byte[] path, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle openat(SafeFileHandle folder, byte[] name, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int flock(SafeFileHandle file, int operation);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(SafeFileHandle file);

    [DllImport("libc")]
    private static extern int posix_fallocate(SafeFileHandle file, long offset, long length);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(SafeFileHandle folder, byte[] path, int flags, uint mask, byte[] buffer);

    [DllImport("libc", SetLastError = true)]
    private static extern nint realpath(byte[] path, byte[] resolved);
}

/// <summary>What an open file is.</summary>
/// <param name="Kind">Regular, a directory, or something else such as a pipe or a device.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="Allocated">Bytes that it takes on its file system.</param>
internal readonly record struct FileFacts(FileKind Kind, long Size, long Allocated)
{
    /// <summary>How many names (hard links) it has.</summary>
    public uint Names { get; init; }

    /// <summary>True when every user of the host may read it.</summary>
    public bool IsReadableByAll { get; init; }
}

/// <summary>Kinds of files, as far as they matter here.</summary>
internal enum FileKind
{
    Regular,
    Directory,
    Other,
}
