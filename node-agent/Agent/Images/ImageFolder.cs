using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Images;

/// <summary>The names that images have in a pool's folder, and what is done with them.</summary>
internal sealed class ImageFolder(string path)
{
    private const string CopyPrefix = "image-sha256-";
    private const string PartPrefix = ".part-";
    private const string RecordPrefix = ".image-";
    private const string RecordSuffix = ".json";
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Path of the copy with this digest (<c>sha256:</c> and hexadecimal).</summary>
    public string CopyPath(string digest) => Path.Combine(path, CopyPrefix + digest["sha256:".Length..]);

    /// <summary>The digest in a copy's file name, or null for other files.</summary>
    public static string? DigestOf(string fileName) =>
        fileName.StartsWith(CopyPrefix, StringComparison.Ordinal) && fileName.Length == CopyPrefix.Length + 64
            ? "sha256:" + fileName[CopyPrefix.Length..]
            : null;

    /// <summary>All records in the folder, those that cannot be read left out.</summary>
    public IEnumerable<ImageRecord> Records() =>
        Directory.EnumerateFiles(path, RecordPrefix + "*" + RecordSuffix)
            .Select(ImageRecord.Read)
            .OfType<ImageRecord>();

    /// <summary>True when there is a record of this Image.</summary>
    public bool Knows(string uid) => File.Exists(RecordPath(uid));

    /// <summary>Opens a new file for a transfer. Nobody else can have its name, and while it is open it is locked, which tells it from what a dead agent left.</summary>
    public FileStream CreatePart() => new(
        Path.Combine(path, PartPrefix + Guid.NewGuid().ToString("N")),
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
    public int RemoveDeadParts()
    {
        var removed = 0;
        foreach (var part in Directory.EnumerateFiles(path, PartPrefix + "*"))
        {
            try
            {
                using var locked = new FileStream(part, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(part);
                removed++;
            }
            catch (IOException)
            {
                // Somebody writes to it, or it went just now.
            }
        }

        return removed;
    }

    /// <summary>Finds the copy that an Image was found to be before; null when there is none.</summary>
    public ImageFile? Find(ImageRequest request)
    {
        if (ImageRecord.Read(RecordPath(request.Uid)) is { } record && record.Answers(request))
        {
            return Existing(record);
        }

        // Another Image may have brought the same content: its name is its digest, and it got the name only after it was verified.
        return request.Checksum is { } checksum && checksum.StartsWith("sha256:", StringComparison.Ordinal) && File.Exists(CopyPath(checksum))
            ? Adopt(request, checksum)
            : null;
    }

    /// <summary>Makes a verified part the copy, for good; an equal copy that is there already stays and is as good.</summary>
    public ImageFile Commit(FileStream part, ImageRequest request, string digest, ImageFindings findings)
    {
        File.SetUnixFileMode(part.SafeFileHandle, ReadOnly);
        part.Flush(flushToDisk: true);
        var record = ImageRecord.Of(request, digest, findings, part.Length);
        Put(record);
        Posix.Link(part.Name, CopyPath(digest));
        Posix.SyncFolder(path);
        return Existing(record)
            ?? throw new IOException($"{CopyPath(digest)} is there with another size than its content has; it must have been changed by hand.");
    }

    /// <summary>Removes the record of an Image that is no more.</summary>
    public void Forget(string uid)
    {
        File.Delete(RecordPath(uid));
        Posix.SyncFolder(path);
    }

    private ImageFile Adopt(ImageRequest request, string digest)
    {
        using var file = Posix.OpenRead(CopyPath(digest));
        var size = RandomAccess.GetLength(file);
        var record = ImageRecord.Of(request, digest, ImageInspection.Inspect(file, request.Type), size);
        Put(record);
        return new ImageFile(CopyPath(digest), digest, record.Format, size, record.VirtualSize);
    }

    private ImageFile? Existing(ImageRecord record)
    {
        var copy = new FileInfo(CopyPath(record.Digest));
        return copy.Exists && copy.LinkTarget is null && copy.Length == record.Size
            ? new ImageFile(copy.FullName, record.Digest, record.Format, record.Size, record.VirtualSize)
            : null;
    }

    private void Put(ImageRecord record)
    {
        using var part = CreatePart();
        part.Write(record.Write());
        part.Flush(flushToDisk: true);
        File.Move(part.Name, RecordPath(record.Uid), overwrite: true);
        Posix.SyncFolder(path);
    }

    private string RecordPath(string uid) => Path.Combine(path, RecordPrefix + Path.GetFileName(uid) + RecordSuffix);
}
