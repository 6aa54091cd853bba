using System.Text.Json.Nodes;
using Berth.Testing.GitOps;

namespace Berth.GitOps.Tests;

/// <summary>An object in one of its states, as the tests of operator and agent have recorded it.</summary>
internal sealed record RecordedObject(string Name, JsonNode Item)
{
    /// <summary>All of them, by <c>KIND/STATE</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.EnumerateFiles(Recording.Folder, "*.json", SearchOption.AllDirectories)
            .Select(path => Path.ChangeExtension(Path.GetRelativePath(Recording.Folder, path), null))
            .Order(StringComparer.Ordinal),
    ];

    public static IEnumerable<RecordedObject> All => Names.Select(Read);

    public string Kind => (string)Item["kind"]!;

    public string? State => (string?)Item["status"]?["state"];

    public IReadOnlyList<JsonNode> Conditions => [.. (Item["status"]?["conditions"] as JsonArray ?? []).Select(condition => condition!)];

    public static RecordedObject Read(string name) => new(name, JsonNode.Parse(File.ReadAllText(Path.Combine(Recording.Folder, $"{name}.json")))!);

    public bool IsTrue(string type) => Conditions.Any(condition => (string?)condition["type"] == type && (string?)condition["status"] == "True");
}
