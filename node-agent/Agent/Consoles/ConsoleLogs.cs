using System.Buffers;

namespace Berth.NodeAgent.Consoles;

/// <summary>Logs of serial consoles on the node, one file per VM, each bounded in size.</summary>
internal sealed class ConsoleLogs(AgentOptions options)
{
    private readonly string _folder = Path.Combine(options.StateDirectory, "console");

    /// <summary>Path of a VM's log.</summary>
    /// <exception cref="InvalidDataException">They cannot be a file's name.</exception>
    public string PathOf(string vmNamespace, string name, string uid) => StoragePools.FileNames.In(_folder, $"{vmNamespace}.{name}.{uid[..Math.Min(8, uid.Length)]}.log");

    /// <summary>Makes the folder that QEMU writes into.</summary>
    public void Prepare() => Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Removes a VM's log, if there is one.</summary>
    public void Delete(string path)
    {
        if (Directory.Exists(_folder))
        {
            File.Delete(path);
        }
    }

    /// <summary>Drops the older half of every log that has outgrown its bound; returns how many there were.</summary>
    public int Trim()
    {
        if (!Directory.Exists(_folder))
        {
            return 0;
        }

        var trimmed = 0;
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles("*.log"))
        {
            if (file.Exists && file.Length > options.ConsoleLogSize)
            {
                KeepTail(file.FullName, (int)Math.Min(options.ConsoleLogSize / 2, 16 << 20));
                trimmed++;
            }
        }

        return trimmed;
    }

    // In place: QEMU holds the file open, and writes at its end wherever that is (append='on'). What the guest prints in the
    // instant between reading the tail and cutting the file is lost; a console log is for people, not a record.
    private static void KeepTail(string path, int length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
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
