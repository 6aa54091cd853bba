using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <summary>Changes to JSON trees: merge patch, and a plain form of server-side apply.</summary>
public static class JsonEdit
{
    /// <summary>RFC 7386, in place.</summary>
    public static void MergePatch(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject change)
            {
                if (target[name] is not JsonObject member)
                {
                    target[name] = member = [];
                }

                MergePatch(member, change);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }

    /// <summary>
    /// Server-side apply for objects, with lists taken as a whole: sets what <paramref name="applied"/> says and removes
    /// what the same manager said last time (<paramref name="before"/>), says no more, and nobody in <paramref name="others"/> says either.
    /// </summary>
    public static void Apply(JsonObject target, JsonObject applied, JsonObject? before, IReadOnlyList<JsonObject> others)
    {
        foreach (var (name, old) in before ?? [])
        {
            if (!applied.ContainsKey(name) && !others.Any(other => other.ContainsKey(name)))
            {
                target.Remove(name);
            }
            else if (!applied.ContainsKey(name) && old is JsonObject oldMember && target[name] is JsonObject member)
            {
                Apply(member, [], oldMember, Members(others, name));
            }
        }

        foreach (var (name, value) in applied)
        {
            if (value is JsonObject change)
            {
                if (target[name] is not JsonObject member)
                {
                    target[name] = member = [];
                }

                Apply(member, change, before?[name] as JsonObject, Members(others, name));
            }
            else if (value is not null)
            {
                target[name] = value.DeepClone();
            }
        }
    }

    /// <summary>The path of a value that <paramref name="applied"/> would change although another manager applied it; null when there is none.</summary>
    public static string? FindConflict(JsonObject target, JsonObject applied, IReadOnlyList<JsonObject> others, string path = "")
    {
        foreach (var (name, value) in applied)
        {
            var here = $"{path}.{name}";
            if (value is JsonObject change)
            {
                if (FindConflict(target[name] as JsonObject ?? [], change, Members(others, name), here) is { } conflict)
                {
                    return conflict;
                }
            }
            else if (!JsonNode.DeepEquals(target[name], value) && others.Any(other => other.ContainsKey(name)))
            {
                return here;
            }
        }

        return null;
    }

    private static JsonObject[] Members(IReadOnlyList<JsonObject> objects, string name) =>
        [.. objects.Select(other => other[name] as JsonObject).OfType<JsonObject>()];
}
