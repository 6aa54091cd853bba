using System.Text.Json;
using System.Text.Json.Serialization;

namespace Berth.NodeAgent.StoragePools;

/// <summary>The file that says whose pool a folder is. A folder without it may be a mount point whose file system is missing.</summary>
/// <param name="PoolUid">UID of the StoragePool.</param>
/// <param name="ClusterId">UID of the cluster's kube-system namespace.</param>
/// <param name="MachineId">The node's machine id: the pool is node-local.</param>
internal sealed record PoolMarker(string PoolUid, string ClusterId, string MachineId)
{
    /// <summary>Name of the file in the pool's folder.</summary>
    public const string FileName = ".berth-pool.json";

    private const int MaxSize = 4096;

    /// <summary>Reads the marker of a folder; null when there is none.</summary>
    /// <exception cref="InvalidDataException">There is one that cannot be understood.</exception>
    public static PoolMarker? Read(string folder)
    {
        using var target = FolderHandle.Find(folder);
        return target is null ? null : Read(target);
    }

    /// <summary>Reads the marker of an open folder; null when there is none.</summary>
    /// <exception cref="InvalidDataException">There is one that cannot be understood.</exception>
    public static PoolMarker? Read(FolderHandle folder)
    {
        try
        {
            using var file = folder.OpenRead(FileName);
            if (Posix.Describe(file) is not { Kind: FileKind.Regular, Size: <= MaxSize } facts)
            {
                throw new InvalidDataException($"{FileName} is no marker file.");
            }

            var content = new byte[facts.Size];
            var length = RandomAccess.Read(file, content, 0);
            return JsonSerializer.Deserialize(content.AsSpan(0, length), PoolMarkerJsonContext.Default.PoolMarker) is { PoolUid: not null } marker
                ? marker
                : throw new InvalidDataException($"{FileName} names no pool.");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{FileName} is not JSON.", exception);
        }
    }

    /// <summary>Marks a folder, durably and all at once; a marker that is there already is never replaced.</summary>
    /// <returns>False when there was one.</returns>
    public bool Write(string folder)
    {
        using var target = FolderHandle.Open(folder);
        var temporary = FileName + "." + Guid.NewGuid().ToString("N");
        try
        {
            using (var file = target.Create(temporary) ?? throw new IOException($"{temporary} is there already."))
            {
                RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(this, PoolMarkerJsonContext.Default.PoolMarker), 0);
                RandomAccess.FlushToDisk(file);
            }

            var written = target.Link(temporary, FileName);
            target.Sync();
            return written;
        }
        finally
        {
            target.Delete(temporary);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PoolMarker))]
internal sealed partial class PoolMarkerJsonContext : JsonSerializerContext;
