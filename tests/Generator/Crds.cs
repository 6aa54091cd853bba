using System.Text.Json.Nodes;

namespace Berth.Generator.Tests;

/// <summary>The definitions as they are checked in, and a walk over their schemas.</summary>
internal static class Crds
{
    public static IReadOnlyDictionary<string, JsonObject> ByKind { get; } = Generation.Kinds().ToDictionary(
        kind => kind.Entity.Kind,
        kind => Yaml.Read(Checkout.Text($"{Generation.CrdFolder}/{kind.Entity.Group}_{kind.Entity.PluralName}.yaml")).Single()!.AsObject());

    public static TheoryData<string> Kinds => [.. ByKind.Keys];

    public static JsonObject VersionOf(string kind) => ByKind[kind]["spec"]!["versions"]![0]!.AsObject();

    public static JsonObject SchemaOf(string kind) => VersionOf(kind)["schema"]!["openAPIV3Schema"]!.AsObject();

    /// <summary>Every schema below, with its path and whether it is inside a list.</summary>
    public static IEnumerable<(string Path, JsonObject Schema, bool InList, bool IsField)> Walk(JsonObject schema, string path, bool inList = false, bool isField = true)
    {
        yield return (path, schema, inList, isField);
        var children = new List<(string Path, JsonNode? Schema, bool InList, bool IsField)>();
        children.AddRange((schema["properties"]?.AsObject() ?? []).Select(pair => ($"{path}.{pair.Key}", pair.Value, inList, true)));
        children.Add(($"{path}[]", schema["items"], true, schema["items"]?["type"]?.GetValue<string>() == "object"));
        children.Add(($"{path}{{}}", schema["additionalProperties"], inList, false));
        foreach (var child in children.Where(child => child.Schema is JsonObject))
        {
            foreach (var found in Walk(child.Schema!.AsObject(), child.Path, child.InList, child.IsField))
            {
                yield return found;
            }
        }
    }
}
