using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;

namespace Berth.Images;

/// <summary>An image in one file: an OCI layout, which containerd, podman and skopeo read, with the manifest that docker load looks for.</summary>
internal static class OciArchive
{
    public static void Write(Image image, string path) => AtomicFile.Write(path, file =>
    {
        using var tar = new TarWriter(file, TarEntryFormat.Gnu, leaveOpen: true);
        Add(tar, "oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
        Add(tar, "index.json", Encoding.UTF8.GetBytes(Index(image).ToJsonString()));
        Add(tar, "manifest.json", Encoding.UTF8.GetBytes(DockerManifest(image).ToJsonString()));
        Blob[] blobs = [image.Manifest, image.Configuration, .. image.Layers.Select(layer => layer.Blob)];
        foreach (var blob in blobs.DistinctBy(blob => blob.Digest).OrderBy(blob => blob.Digest, StringComparer.Ordinal))
        {
            Add(tar, blob.Path, blob.Content.ToArray());
        }
    });

    // containerd takes the first annotation for the name, others the second.
    private static JsonObject Index(Image image) => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = "application/vnd.oci.image.index.v1+json",
        ["manifests"] = new JsonArray([.. image.Names.Select(name =>
        {
            var descriptor = image.Manifest.Descriptor();
            descriptor["platform"] = new JsonObject { ["architecture"] = "amd64", ["os"] = "linux" };
            descriptor["annotations"] = new JsonObject
            {
                ["io.containerd.image.name"] = name,
                ["org.opencontainers.image.ref.name"] = name[(name.LastIndexOf(':') + 1)..],
            };
            return descriptor;
        })]),
    };

    private static JsonArray DockerManifest(Image image) =>
    [
        new JsonObject
        {
            ["Config"] = image.Configuration.Path,
            ["RepoTags"] = new JsonArray([.. image.Names.Select(name => (JsonNode)name)]),
            ["Layers"] = new JsonArray([.. image.Layers.Select(layer => (JsonNode)layer.Blob.Path)]),
        },
    ];

    private static void Add(TarWriter tar, string name, byte[] content)
    {
        using var data = new MemoryStream(content);
        tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name)
        {
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            ModificationTime = DateTimeOffset.UnixEpoch,
            DataStream = data,
        });
    }
}
