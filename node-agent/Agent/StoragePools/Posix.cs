using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Berth.NodeAgent.StoragePools;

/// <summary>The calls of the C library that pools and images need and .NET does not offer: hard links, syncing a folder, opening without following links.</summary>
/// <remarks>Paths and buffers are byte arrays, so that nothing has to be marshalled and the project stays without unsafe code.</remarks>
internal static class Posix
{
    private const int NotFound = 2;
    private const int Exists = 17;
    private const int NotADirectory = 20;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int TooManyLinks = 40;
    private const int PathMax = 4096;

    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int NonBlock = 0x800;
    private const int CloseOnExec = 0x80000;

    // These two are swapped between x86 and Arm.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000;
    private static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const int ReadableByOthers = 0x4;

    /// <summary>True when a file system refused because it, or what its user may have of it, is full.</summary>
    public static bool IsForWantOfSpace(IOException exception) => exception.HResult is NoSpace or QuotaExceeded;

    /// <summary>Gives <paramref name="existing"/> the second name <paramref name="created"/>; false when that name is taken, which is never replaced.</summary>
    public static bool Link(string existing, string created)
    {
        if (link(Bytes(existing), Bytes(created)) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == Exists ? false : throw Failure("link", created, error);
    }

    /// <summary>Makes names that were made or removed in <paramref name="folder"/> survive a power cut.</summary>
    public static void SyncFolder(string folder)
    {
        using var handle = open(Bytes(folder), ReadOnly | DirectoryOnly | CloseOnExec);
        if (handle.IsInvalid || fsync(handle) != 0)
        {
            throw Failure("sync", folder, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Opens a file for reading. Never follows a link in the last component, and never waits for the other end of a pipe.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public static SafeFileHandle OpenRead(string path) => Open(path, ReadOnly);

    /// <summary>Opens a file for reading and writing, as carefully as <see cref="OpenRead"/>.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public static SafeFileHandle OpenReadWrite(string path) => Open(path, ReadWrite);

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

    /// <summary>True when there is anything of this name, a link that leads nowhere too.</summary>
    public static bool IsNameTaken(string path) => new FileInfo(path) is { Exists: true } or { LinkTarget: not null };

    private static SafeFileHandle Open(string path, int access)
    {
        var handle = open(Bytes(path), access | NoFollow | NonBlock | CloseOnExec);
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

    /// <summary>Kind and size of an open file.</summary>
    public static FileFacts Describe(SafeFileHandle handle)
    {
        // struct statx has one layout on every architecture: number of names at 16, mode at 28, inode at 32, size at 40, 512-byte blocks at 48.
        var buffer = new byte[256];
        if (statx(handle, [0], EmptyPath, BasicStats, buffer) != 0)
        {
            throw Failure("statx", handle.ToString() ?? "", Marshal.GetLastPInvokeError());
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
    private static extern int link(byte[] existing, byte[] created);

    [DllImport("libc", SetLastError = true)]
    private static extern SafeFileHandle open(byte[] path, int flags);

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
