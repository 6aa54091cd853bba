using System.Text.Json.Nodes;

namespace Berth.Testing.GitOps;

/// <summary>What kstatus makes of an object, and with it Flux, <c>helm --wait</c> and cli-utils.</summary>
public enum KStatus
{
    Current,
    InProgress,
    Failed,
    Terminating,
}

/// <summary>The published kstatus algorithm for custom resources (cli-utils, <c>pkg/kstatus/status</c>).</summary>
public static class KStatusRules
{
    /// <summary>Applies the rules in their order: deletion, generation, Reconciling or Stalled, whichever the list has first, then Ready.</summary>
    public static KStatus Of(JsonNode item)
    {
        if ((string?)item["metadata"]?["deletionTimestamp"] is { Length: > 0 })
        {
            return KStatus.Terminating;
        }

        if (item["metadata"]?["generation"] is { } generation
            && item["status"]?["observedGeneration"] is { } observed
            && generation.ToString() != observed.ToString())
        {
            return KStatus.InProgress;
        }

        var conditions = (item["status"]?["conditions"] as JsonArray ?? []).Select(condition => ((string?)condition!["type"], (string?)condition["status"])).ToList();
        return conditions.Select(Abnormal).FirstOrDefault(found => found is not null) ?? ByReady(conditions);
    }

    private static KStatus? Abnormal((string? Type, string? Status) condition) => condition switch
    {
        ("Reconciling", "True") => KStatus.InProgress,
        ("Stalled", "True") => KStatus.Failed,
        _ => null,
    };

    private static KStatus ByReady(IEnumerable<(string? Type, string? Status)> conditions) =>
        conditions.FirstOrDefault(condition => condition.Type == "Ready") is ("Ready", not "True") ? KStatus.InProgress : KStatus.Current;
}
