using System.Buffers;
using Berth.NodeAgent.StoragePools;
using Microsoft.Win32.SafeHandles;

namespace Berth.NodeAgent.Consoles;

/// <summary>Logs of serial consoles on the node, one file per VM, each bounded in size.</summary>
internal sealed class ConsoleLogs(AgentOptions options)
{
    private readonly string _folder = Path.Combine(options.StateDirectory, "console");

    /// <summary>Path of a VM's log.</summary>
    /// <exception cref="InvalidDataException">They cannot be a file's name.</exception>
    public string PathOf(string vmNamespace, string name, string uid) => FileNames.In(_folder, $"{vmNamespace}.{name}.{uid[..Math.Min(8, uid.Length)]}.log");

    /// <summary>Makes the folder that QEMU writes into.</summary>
    public void Prepare() => Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Removes a VM's log, if there is one.</summary>
    public void Delete(string path)
    {
        using var folder = FolderHandle.Find(_folder);
        folder?.Delete(Path.GetFileName(path));
    }

    /// <summary>Drops the older half of every log that has outgrown its bound; returns how many there were.</summary>
    public int Trim()
    {
        using var folder = FolderHandle.Find(_folder);
        return folder is null ? 0 : Directory.EnumerateFiles(_folder, "*.log").Count(log => Trim(folder, Path.GetFileName(log)));
    }

    private bool Trim(FolderHandle folder, string name)
    {
        try
        {
            // Cut off is what was opened, and only a file: what a link of this name leads to is somebody else's.
            using var log = folder.OpenReadWrite(name);
            if (Posix.Describe(log) is not { Kind: FileKind.Regular } facts || facts.Size <= options.ConsoleLogSize)
            {
                return false;
            }

            KeepTail(log, (int)Math.Min(options.ConsoleLogSize / 2, 16 << 20));
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or SymbolicLinkException)
        {
            return false;
        }
    }

    // In place: QEMU holds the file open, and writes at its end wherever that is (append='on'). What the guest prints in the
    // instant between reading the tail and cutting the file is lost; a console log is for people, not a record.
    private static void KeepTail(SafeFileHandle log, int length)
    {
        using var file = new FileStream(log, FileAccess.ReadWrite, bufferSize: 0);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            file.Seek(-Math.Min(length, file.Length), SeekOrigin.End);
            var count = file.ReadAtLeast(buffer.AsSpan(0, length), length, throwOnEndOfStream: false);
            var tail = FromLineStart(buffer.AsSpan(0, count));
            file.SetLength(0);
            file.Seek(0, SeekOrigin.Begin);
            file.Write(tail);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ReadOnlySpan<byte> FromLineStart(ReadOnlySpan<byte> tail) =>
        tail.IndexOf((byte)'\n') is var end and >= 0 && end + 1 < tail.Length ? tail[(end + 1)..] : tail;
}
