using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Berth.Images;

/// <summary>An image by the OCI's specification: manifest, configuration and layers.</summary>
internal sealed record Image(IReadOnlyList<string> Names, Blob Manifest, Blob Configuration, IReadOnlyList<Layer> Layers)
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string ConfigurationType = "application/vnd.oci.image.config.v1+json";

    /// <summary>What a node pulls, in bytes: layers and configuration.</summary>
    public long CompressedSize => Configuration.Content.Length + Layers.Sum(layer => (long)layer.Blob.Content.Length);

    /// <exception cref="ImageException">A layer is no folder, or the program is in none of them.</exception>
    public static Image Build(ImageRequest request)
    {
        ImageProgram.Find(request);
        var layers = request.Layers.Select(Layer.FromFolder).ToList();
        var configuration = Json(ConfigurationType, ConfigurationOf(request, layers));
        var manifest = Json(ManifestType, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = configuration.Descriptor(),
            ["layers"] = Array(layers.Select(layer => (JsonNode)layer.Blob.Descriptor())),
        });
        return new Image(request.Names, manifest, configuration, layers);
    }

    private static JsonObject ConfigurationOf(ImageRequest request, List<Layer> layers)
    {
        var created = request.Created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var labels = new JsonObject();
        foreach (var (name, value) in request.Labels)
        {
            labels[name] = value;
        }

        return new JsonObject
        {
            ["created"] = created,
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject
            {
                ["User"] = request.User,
                ["Env"] = Array(request.Environment.Select(variable => (JsonNode)variable)),
                ["Entrypoint"] = Array([request.Program]),
                ["WorkingDir"] = "/",
                ["Labels"] = labels,
            },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = Array(layers.Select(layer => (JsonNode)layer.DiffId)) },
            ["history"] = Array(layers.Select(_ => (JsonNode)new JsonObject { ["created"] = created, ["created_by"] = "make images" })),
        };
    }

    private static Blob Json(string mediaType, JsonObject document) => new(mediaType, Encoding.UTF8.GetBytes(document.ToJsonString()));

    private static JsonArray Array(IEnumerable<JsonNode> nodes) => [.. nodes];
}
