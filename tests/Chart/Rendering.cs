using System.Text.Json.Nodes;
using Berth.Generator.Tests;

namespace Berth.Chart.Tests;

/// <summary>The chart as Helm renders it, and objects as they are asked about.</summary>
internal static class Rendering
{
    public const string Chart = "charts/berth";
    public const string Namespace = "berth-system";

    /// <summary>All objects of the chart, hooks too unless they are left out.</summary>
    public static async Task<IReadOnlyList<JsonObject>> OfAsync(params IEnumerable<string> arguments) =>
        Objects(await Tool.Helm.OutputAsync(["template", "berth", Chart, "--namespace", Namespace, "--kube-version", "1.33.0", .. arguments]));

    public static IReadOnlyList<JsonObject> Objects(string yaml) => [.. Yaml.Read(yaml).OfType<JsonObject>()];

    public static string Kind(this JsonObject item) => (string)item["kind"]!;

    public static string Name(this JsonObject item) => (string)item["metadata"]!["name"]!;

    public static string? NamespaceOf(this JsonObject item) => (string?)item["metadata"]!["namespace"];

    public static string Identity(this JsonObject item) => $"{item.Kind()} {item.NamespaceOf()}/{item.Name()}";

    public static IReadOnlyDictionary<string, string> Labels(this JsonNode metadataOwner) =>
        (metadataOwner["metadata"]?["labels"] as JsonObject ?? []).ToDictionary(label => label.Key, label => (string)label.Value!);

    /// <summary>The pod that an object is or makes; null for others.</summary>
    public static JsonNode? PodSpec(this JsonObject item) => item.Kind() switch
    {
        "Deployment" or "DaemonSet" => item["spec"]!["template"]!["spec"],
        "Pod" => item["spec"],
        _ => null,
    };

    public static IEnumerable<JsonNode> Items(this JsonNode? list) => (list as JsonArray ?? []).OfType<JsonNode>();

    public static IEnumerable<string> Texts(this JsonNode? list) => list.Items().Select(text => (string)text!);
}
