using System.Text.Json.Nodes;

namespace Berth.Testing.GitOps;

/// <summary>How Argo CD and <c>kubectl</c> find out whether a custom resource is as its manifest asks: a JSON merge patch from three sides.</summary>
public static class ThreeWayMergePatch
{
    /// <summary>The annotation in which <c>kubectl apply</c> keeps what was applied last.</summary>
    public const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>What a sync would change in <paramref name="live"/>; empty when it is in sync.</summary>
    /// <remarks>Without the annotation, as after a server-side apply, <paramref name="desired"/> stands for what was applied last. The namespace, which a manifest may leave out, does not count.</remarks>
    public static JsonObject ForSync(JsonObject desired, JsonObject live)
    {
        var manifest = Comparable(desired);
        var original = (string?)live["metadata"]?["annotations"]?[LastApplied] is { } text ? Comparable((JsonObject)JsonNode.Parse(text)!) : manifest;
        return Between(original, manifest, live);
    }

    /// <summary>Additions and changes from <paramref name="live"/> to <paramref name="desired"/>, and what is in <paramref name="original"/> and no longer in <paramref name="desired"/>, as far as <paramref name="live"/> has it.</summary>
    public static JsonObject Between(JsonObject original, JsonObject desired, JsonObject live)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in desired.Where(member => member.Value is not null))
        {
            var (was, @is) = (original[name], live[name]);
            if (value is JsonObject wanted && @is is JsonObject present)
            {
                if (Between(was as JsonObject ?? [], wanted, present) is { Count: > 0 } change)
                {
                    patch[name] = change;
                }
            }
            else if (!JsonNode.DeepEquals(value, @is))
            {
                patch[name] = value!.DeepClone();
            }
        }

        foreach (var (name, _) in original.Where(member => desired[member.Key] is null && live[member.Key] is not null))
        {
            patch[name] = null;
        }

        return patch;
    }

    private static JsonObject Comparable(JsonObject manifest)
    {
        var comparable = (JsonObject)manifest.DeepClone();
        var metadata = comparable["metadata"] as JsonObject;
        metadata?.Remove("namespace");
        if (metadata?["annotations"] is null or JsonObject { Count: 0 })
        {
            metadata?.Remove("annotations");
        }

        return comparable;
    }
}
