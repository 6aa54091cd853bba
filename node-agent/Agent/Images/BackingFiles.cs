using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Images;

/// <summary>Reads what the files of a pool are built upon, from the files themselves.</summary>
internal static class BackingFiles
{
    /// <summary>True when a file in the folder names <paramref name="copy"/> as its backing file, or when that cannot be ruled out.</summary>
    public static bool Mention(string folder, string copy) => Directory.EnumerateFiles(folder)
        .Where(file => ImageFolder.DigestOf(Path.GetFileName(file)) is null && file != copy)
        .Any(file => MayUse(file, copy));

    private static bool MayUse(string file, string copy)
    {
        try
        {
            return ReadHeader(file)?.BackingFile is { } backing
                && (backing.Contains(':', StringComparison.Ordinal) || Path.GetFullPath(backing, Path.GetDirectoryName(file)!) == copy);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return true;
        }
    }

    /// <summary>The header of a qcow2 file; null for other files.</summary>
    /// <exception cref="InvalidDataException">It begins as a qcow2 file does and is none.</exception>
    public static Qcow2Header? ReadHeader(string path)
    {
        using var file = Posix.OpenRead(path);
        if (Posix.Describe(file).Kind != FileKind.Regular)
        {
            return null;
        }

        var prefix = new byte[Qcow2Header.Prefix];
        var (total, read) = (0, 0);
        while ((read = RandomAccess.Read(file, prefix.AsSpan(total), total)) > 0)
        {
            total += read;
        }

        return Qcow2Header.IsQcow2(prefix.AsSpan(0, total)) ? Qcow2Header.Parse(prefix.AsSpan(0, total)) : null;
    }
}
