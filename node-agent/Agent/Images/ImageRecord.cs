using System.Text.Json;
using System.Text.Json.Serialization;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Images;

/// <summary>Says, in a small file beside the copies, which copy an Image was found to be: so that a restarted agent finds it again without a download, and knows for whom a copy is kept.</summary>
/// <remarks>
/// A file and not an extended attribute: not every file system has those, and one copy can serve several Images.
/// It is written before the copy gets its name; a record without its copy means nothing, a copy without a record does not come about.
/// </remarks>
internal sealed record ImageRecord
{
    private const int MaxSize = 64 * 1024;

    public required string Uid { get; init; }

    public required string Name { get; init; }

    public required string Type { get; init; }

    public required string Url { get; init; }

    public string? Checksum { get; init; }

    public required string Digest { get; init; }

    public required string Format { get; init; }

    public required long Size { get; init; }

    public required long VirtualSize { get; init; }

    public static ImageRecord Of(ImageRequest request, string digest, ImageFindings findings, long size) => new()
    {
        Uid = request.Uid,
        Name = request.Name,
        Type = request.Type,
        Url = request.Url,
        Checksum = request.Checksum,
        Digest = digest,
        Format = findings.Format,
        Size = size,
        VirtualSize = findings.VirtualSize,
    };

    /// <summary>True while the Image still asks for what the record was written for.</summary>
    public bool Answers(ImageRequest request) =>
        Uid == request.Uid && Type == request.Type && Url == request.Url && Checksum == request.Checksum;

    /// <summary>Reads a record; null for one that is missing or not readable, which is the same: the copy is then fetched again and found to be there.</summary>
    public static ImageRecord? Read(string path)
    {
        try
        {
            using var file = Posix.OpenRead(path);
            if (Posix.Describe(file) is not { Kind: FileKind.Regular, Size: <= MaxSize } facts)
            {
                return null;
            }

            var content = new byte[facts.Size];
            var length = RandomAccess.Read(file, content, 0);
            return JsonSerializer.Deserialize(content.AsSpan(0, length), ImageRecordJsonContext.Default.ImageRecord) is { } record && record.IsSound(path) ? record : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    // The digest becomes the name of a file, which is used and at last deleted: it must be one, and the record must be of whom its name says.
    private bool IsSound(string path) =>
        ImageFolder.IsDigest(Digest) && (Format is "qcow2" or "raw") && Size > 0 && VirtualSize > 0
        && Path.GetFileName(path) == ImageFolder.RecordNameOf(Uid);

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, ImageRecordJsonContext.Default.ImageRecord);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ImageRecord))]
internal sealed partial class ImageRecordJsonContext : JsonSerializerContext;
