using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>An object as <c>kubectl -o json</c> prints it, read by dotted paths.</summary>
internal sealed record KubernetesJson(JsonNode Root)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static KubernetesJson Parse(string text) => new(JsonNode.Parse(text) ?? throw new FormatException("null is no object"));

    public string Name => Text("metadata.name") ?? "";

    public string Uid => Text("metadata.uid") ?? throw new InvalidOperationException("the object has no uid");

    public string ResourceVersion => Text("metadata.resourceVersion") ?? "";

    public IEnumerable<KubernetesJson> Items => Root["items"]!.AsArray().Select(item => new KubernetesJson(item!));

    /// <summary>The node at a path of property names and list indexes, such as <c>status.interfaces.0.ips.0</c>; null where there is none.</summary>
    public JsonNode? At(string path)
    {
        var node = (JsonNode?)Root;
        foreach (var step in path.Split('.'))
        {
            node = node switch
            {
                JsonObject map => map[step],
                JsonArray list when int.Parse(step, null) < list.Count => list[int.Parse(step, null)],
                _ => null,
            };
        }

        return node;
    }

    /// <summary>The scalar at a path as text, or null.</summary>
    public string? Text(string path) => At(path)?.ToString();

    public JsonNode? Condition(string type) =>
        (At("status.conditions") as JsonArray)?.FirstOrDefault(condition => (string?)condition!["type"] == type);

    public bool IsTrue(string type) => (string?)Condition(type)?["status"] == "True";

    /// <summary>The condition's reason; null when the condition is absent.</summary>
    public string? Reason(string type) => (string?)Condition(type)?["reason"];

    public string Message(string type) => (string?)Condition(type)?["message"] ?? "";

    /// <summary>Ready for the generation that the spec has now.</summary>
    public bool IsReady => IsTrue("Ready") && Text("status.observedGeneration") == Text("metadata.generation");

    /// <summary>What kstatus makes of the object.</summary>
    public KStatus KStatus() => KStatusRules.Of(Root);

    public override string ToString() => Root.ToJsonString(Indented);
}
