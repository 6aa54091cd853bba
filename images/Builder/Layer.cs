using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Berth.Images;

/// <summary>A folder as a layer. Its bytes depend on the names, modes and contents of the files alone.</summary>
internal sealed record Layer(Blob Blob, string DiffId)
{
    public const string MediaType = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <exception cref="ImageException">The folder is not there, or holds what no image may have.</exception>
    public static Layer FromFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new ImageException($"--layer: there is no folder {folder}.");
        }

        using var compressed = new MemoryStream();
        using var digest = SHA256.Create();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        using (var digested = new CryptoStream(gzip, digest, CryptoStreamMode.Write))
        using (var tar = new TarWriter(digested, TarEntryFormat.Gnu))
        {
            AddFolder(tar, new DirectoryInfo(folder), "");
        }

        return new Layer(new Blob(MediaType, compressed.ToArray()), $"sha256:{Convert.ToHexStringLower(digest.Hash!)}");
    }

    private static void AddFolder(TarWriter tar, DirectoryInfo folder, string path)
    {
        foreach (var file in folder.EnumerateFileSystemInfos().OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            var name = path + file.Name;
            if (file.LinkTarget is { } target)
            {
                tar.WriteEntry(Owned(new GnuTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, Mode = AllOfALink }));
            }
            else if (file is DirectoryInfo inner)
            {
                tar.WriteEntry(Owned(new GnuTarEntry(TarEntryType.Directory, $"{name}/") { Mode = ModeOf(file, name) }));
                AddFolder(tar, inner, $"{name}/");
            }
            else
            {
                using var content = File.OpenRead(file.FullName);
                tar.WriteEntry(Owned(new GnuTarEntry(TarEntryType.RegularFile, name) { Mode = ModeOf(file, name), DataStream = content }));
            }
        }
    }

    private const UnixFileMode AllOfALink = (UnixFileMode)0b111_111_111;

    private static UnixFileMode ModeOf(FileSystemInfo file, string name) =>
        (file.UnixFileMode & (UnixFileMode.SetUser | UnixFileMode.SetGroup)) == 0
            ? file.UnixFileMode
            : throw new ImageException($"/{name} is setuid or setgid: nothing in an image may be.");

    private static GnuTarEntry Owned(GnuTarEntry entry)
    {
        entry.Uid = entry.Gid = 0;
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        return entry;
    }
}
