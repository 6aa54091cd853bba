using System.Buffers;
using Berth.NodeAgent.StoragePools;
using Microsoft.Win32.SafeHandles;

namespace Berth.NodeAgent.Images;

/// <summary>The names that images have in a pool's folder, and what is done with them.</summary>
internal sealed class ImageFolder(string path)
{
    private const string CopyPrefix = "image-sha256-";
    private const string PartPrefix = ".part-";
    private const string RecordPrefix = ".image-";
    private const string RecordSuffix = ".json";
    private const string DigestPrefix = "sha256:";
    private const int DigestDigits = 64;
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>Path of the copy with this digest (<c>sha256:</c> and hexadecimal).</summary>
    /// <exception cref="InvalidDataException">The digest is none.</exception>
    public string CopyPath(string digest) => System.IO.Path.Combine(Path, CopyNameOf(digest));

    /// <summary>Name of the copy with this digest.</summary>
    /// <exception cref="InvalidDataException">The digest is none.</exception>
    public static string CopyNameOf(string digest) => IsDigest(digest)
        ? CopyPrefix + digest[DigestPrefix.Length..]
        : throw new InvalidDataException("a copy can be named by a SHA-256 digest only");

    /// <summary>True for <c>sha256:</c> and 64 lower-case hexadecimal digits.</summary>
    public static bool IsDigest(string digest) =>
        digest.StartsWith(DigestPrefix, StringComparison.Ordinal) && digest.Length == DigestPrefix.Length + DigestDigits
        && !digest.AsSpan(DigestPrefix.Length).ContainsAnyExcept(HexDigits);

    /// <summary>Name of the record of an Image.</summary>
    /// <exception cref="InvalidDataException">The UID cannot be part of a file's name.</exception>
    public static string RecordNameOf(string uid) => FileNames.Checked(RecordPrefix + uid + RecordSuffix);

    /// <summary>The digest in a copy's file name, or null for other files.</summary>
    public static string? DigestOf(string fileName) =>
        fileName.StartsWith(CopyPrefix, StringComparison.Ordinal) && DigestPrefix + fileName[CopyPrefix.Length..] is var digest && IsDigest(digest)
            ? digest
            : null;

    /// <summary>All records in the folder, those that cannot be read left out.</summary>
    public IEnumerable<ImageRecord> Records() =>
        Directory.EnumerateFiles(Path, RecordPrefix + "*" + RecordSuffix)
            .Select(ImageRecord.Read)
            .OfType<ImageRecord>();

    /// <summary>True when there is a record of this Image.</summary>
    public bool Knows(string uid) => File.Exists(RecordPath(uid));

    /// <summary>Opens a new file for a transfer. Nobody else can have its name, and while it is open it is locked, which tells it from what a dead agent left.</summary>
    public FileStream CreatePart() => new(
        System.IO.Path.Combine(Path, PartPrefix + Guid.NewGuid().ToString("N")),
        new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });

    /// <summary>Removes what transfers of dead agents left; those of living ones are locked and stay.</summary>
    /// <returns>How many files went.</returns>
    public static int RemoveDeadParts(FolderHandle folder) =>
        Directory.EnumerateFiles(folder.Path, PartPrefix + "*").Count(part => RemoveDead(folder, System.IO.Path.GetFileName(part)));

    private static bool RemoveDead(FolderHandle folder, string part)
    {
        try
        {
            using var file = folder.OpenReadWrite(part);
            return Posix.TryLock(file) && folder.Delete(part);
        }
        catch (SymbolicLinkException)
        {
            // None of ours, and not followed: what it leads to is not even opened.
            return folder.Delete(part);
        }
        catch (IOException)
        {
            // It went just now, or is none that could be removed.
            return false;
        }
    }

    /// <summary>Removes a transfer's file that has not become a copy, or has another name by now.</summary>
    public void Discard(FileStream part)
    {
        using var folder = FolderHandle.Find(Path);
        folder?.Delete(System.IO.Path.GetFileName(part.Name));
    }

    /// <summary>Finds the copy that an Image was found to be before; null when there is none.</summary>
    public ImageFile? Find(ImageRequest request)
    {
        if (ImageRecord.Read(RecordPath(request.Uid)) is { } record && record.Answers(request))
        {
            return Existing(record);
        }

        // Another Image may have brought the same content: its name is its digest, and it got the name only after it was verified.
        return request.Checksum is { } checksum && IsDigest(checksum) && File.Exists(CopyPath(checksum))
            ? Adopt(request, checksum)
            : null;
    }

    /// <summary>Makes a verified part the copy, for good; an equal copy that is there already stays and is as good.</summary>
    public ImageFile Commit(FileStream part, ImageRequest request, string digest, ImageFindings findings)
    {
        File.SetUnixFileMode(part.SafeFileHandle, ReadOnly);
        part.Flush(flushToDisk: true);
        var record = ImageRecord.Of(request, digest, findings, part.Length);
        using var folder = FolderHandle.Open(Path);
        if (!folder.Has(System.IO.Path.GetFileName(part.Name)))
        {
            throw new IOException($"{part.Name} is not there: the folder is another one than when the transfer began");
        }

        Put(folder, record);
        folder.Link(System.IO.Path.GetFileName(part.Name), CopyNameOf(digest));
        folder.Sync();
        return Existing(record)
            ?? throw new IOException($"{CopyPath(digest)} is there with another size than its content has; it must have been changed by hand.");
    }

    private ImageFile? Adopt(ImageRequest request, string digest)
    {
        using var file = OpenCopy(digest);
        if (file is null || Posix.Describe(file) is not { Kind: FileKind.Regular, Size: var size })
        {
            return null;
        }

        var record = ImageRecord.Of(request, digest, ImageInspection.Inspect(file, request.Type), size);
        using var folder = FolderHandle.Open(Path);
        Put(folder, record);
        return new ImageFile(CopyPath(digest), digest, record.Format, size, record.VirtualSize);
    }

    // A link of that name is no copy: the download that follows finds the name taken and says so.
    private SafeFileHandle? OpenCopy(string digest)
    {
        try
        {
            return Posix.OpenRead(CopyPath(digest));
        }
        catch (SymbolicLinkException)
        {
            return null;
        }
    }

    private ImageFile? Existing(ImageRecord record)
    {
        var copy = new FileInfo(CopyPath(record.Digest));
        return copy.Exists && copy.LinkTarget is null && copy.Length == record.Size
            ? new ImageFile(copy.FullName, record.Digest, record.Format, record.Size, record.VirtualSize)
            : null;
    }

    private void Put(FolderHandle folder, ImageRecord record)
    {
        using var part = CreatePart();
        try
        {
            part.Write(record.Write());
            part.Flush(flushToDisk: true);
            folder.Rename(System.IO.Path.GetFileName(part.Name), RecordNameOf(record.Uid));
        }
        catch
        {
            folder.Delete(System.IO.Path.GetFileName(part.Name));
            throw;
        }

        folder.Sync();
    }

    private string RecordPath(string uid) => System.IO.Path.Combine(Path, RecordNameOf(uid));
}
