using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <summary>What a server held at a moment, as a backup of its store does.</summary>
public sealed class TableState
{
    internal TableState(SortedDictionary<string, JsonObject> objects, long version) => (Objects, Version) = (objects, version);

    internal SortedDictionary<string, JsonObject> Objects { get; }

    internal long Version { get; }
}
