using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Berth.Images.Tests;

/// <summary>An archive, read as a runtime reads it, and its layers unpacked one above the other.</summary>
public sealed class BuiltImage
{
    private readonly Dictionary<string, byte[]> _files;

    private BuiltImage(Dictionary<string, byte[]> files, string root)
    {
        _files = files;
        Root = root;
    }

    /// <summary>Folder that the layers were unpacked into.</summary>
    public string Root { get; }

    public JsonObject Index => Document("index.json");

    public JsonObject Descriptor => Index["manifests"]!.AsArray()[0]!.AsObject();

    public JsonObject Manifest => Document(PathOf(Descriptor));

    public JsonObject Configuration => Document(PathOf(Manifest["config"]!));

    public JsonNode Settings => Configuration["config"]!;

    public IReadOnlyCollection<string> Names => _files.Keys;

    /// <summary>Each layer's entries as they are in its archive.</summary>
    public required IReadOnlyList<IReadOnlyList<TarEntry>> Layers { get; init; }

    public byte[] Content(string path) => _files[path];

    public JsonObject Document(string path) => JsonNode.Parse(_files[path])!.AsObject();

    public static string PathOf(JsonNode descriptor) => $"blobs/{((string)descriptor["digest"]!).Replace(':', '/')}";

    public static string DigestOf(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    public static byte[] Unzipped(byte[] layer)
    {
        using var gzip = new GZipStream(new MemoryStream(layer), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Reads <paramref name="archive"/> and unpacks its layers into <paramref name="root"/>.</summary>
    public static async Task<BuiltImage> ReadAsync(string archive, string root)
    {
        var files = Entries(await File.ReadAllBytesAsync(archive)).ToDictionary(entry => entry.Name, Bytes, StringComparer.Ordinal);
        var manifest = JsonNode.Parse(files[PathOf(JsonNode.Parse(files["index.json"])!["manifests"]!.AsArray()[0]!)])!;
        var layers = manifest["layers"]!.AsArray().Select(layer => Unzipped(files[PathOf(layer!)])).ToList();
        Directory.CreateDirectory(root);
        foreach (var layer in layers)
        {
            // tar, since TarFile takes an absolute link for one that leaves the folder.
            await File.WriteAllBytesAsync($"{root}.layer", layer);
            var run = await ProcessRun.OfAsync("tar", ["--extract", "--preserve-permissions", "--file", $"{root}.layer", "--directory", root], CancellationToken.None);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
        }

        return new BuiltImage(files, root) { Layers = [.. layers.Select(Entries)] };
    }

    private static List<TarEntry> Entries(byte[] archive)
    {
        using var reader = new TarReader(new MemoryStream(archive));
        var entries = new List<TarEntry>();
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static byte[] Bytes(TarEntry entry)
    {
        using var content = new MemoryStream();
        entry.DataStream?.CopyTo(content);
        return content.ToArray();
    }
}
