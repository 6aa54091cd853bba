using System.Text.Json.Nodes;

namespace Berth.Runtime.Conditions;

/// <summary>RFC 7386 merge patches.</summary>
public static class JsonMergePatch
{
    /// <summary>The smallest patch that turns <paramref name="live"/> into <paramref name="desired"/>; null when there is nothing to change.</summary>
    /// <remarks>Members that neither side shows are not touched; a list changes as a whole.</remarks>
    public static JsonObject? Diff(JsonObject live, JsonObject desired)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in live)
        {
            if (value is not null && desired[name] is null)
            {
                patch[name] = null;
            }
        }

        foreach (var (name, value) in desired)
        {
            if (value is null || JsonNode.DeepEquals(live[name], value))
            {
                continue;
            }

            if (live[name] is not JsonObject liveMember || value is not JsonObject desiredMember)
            {
                patch[name] = value.DeepClone();
            }
            else if (Diff(liveMember, desiredMember) is { } change)
            {
                patch[name] = change;
            }
        }

        return patch.Count > 0 ? patch : null;
    }
}
