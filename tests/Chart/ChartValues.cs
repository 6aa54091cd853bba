using System.Text.Json.Nodes;
using Berth.Generator.Tests;

namespace Berth.Chart.Tests;

/// <summary>The chart's values: their defaults, and the schema that guards them.</summary>
internal static class ChartValues
{
    public static JsonObject Defaults { get; } = (JsonObject)Yaml.Read(Checkout.Text("charts/berth/values.yaml")).Single()!;

    public static JsonObject Schema { get; } = (JsonObject)JsonNode.Parse(Checkout.Text("charts/berth/values.schema.json"))!;

    /// <summary>Every value by its path. What holds whatever a user puts there counts as one.</summary>
    public static IEnumerable<(string Path, JsonNode? Value)> All(JsonObject values, string prefix = "") =>
        values.SelectMany(pair => pair.Value is JsonObject { Count: > 0 } map && !IsFree(prefix + pair.Key)
            ? All(map, $"{prefix}{pair.Key}.")
            : [(prefix + pair.Key, pair.Value)]);

    /// <summary>Every path that the schema has, down to where it says no more what is there.</summary>
    public static IEnumerable<string> Described(JsonObject schema, string prefix = "") => Resolve(schema)["properties"] is not JsonObject properties || (prefix.Length > 0 && IsFree(prefix.TrimEnd('.')))
        ? [prefix.TrimEnd('.')]
        : properties.SelectMany(pair => Described((JsonObject)pair.Value!, $"{prefix}{pair.Key}."));

    private static bool IsFree(string path) => path.Split('.')[^1] is "labels" or "annotations" or "resources" or "issuerRef" or "affinity";

    private static JsonObject Resolve(JsonObject schema) =>
        (string?)schema["$ref"] is { } reference ? (JsonObject)Schema["definitions"]![reference.Split('/')[^1]]! : schema;
}
