using Berth.Kubernetes;

namespace Berth.Runtime.Conditions;

/// <summary>Puts computed conditions in place of a role's old ones.</summary>
public static class ConditionList
{
    /// <summary>The longest message that is written, in characters; the rest is cut.</summary>
    public const int MaxMessageLength = 1024;

    /// <summary>The live list with the conditions in <paramref name="owned"/> replaced by the computed ones. The order of the live list is kept, so that an unchanged set is an unchanged list.</summary>
    /// <param name="live">The list as it is; conditions of others stay as they are.</param>
    /// <param name="computed">The role's conditions; types it does not own are ignored, of two of a type the last holds.</param>
    /// <param name="owned">The types the role owns; one that is not computed goes away.</param>
    /// <param name="generation">The generation that the computed conditions speak of.</param>
    /// <param name="now">Becomes the lastTransitionTime where a status changed.</param>
    public static List<Condition> Merge(
        IEnumerable<Condition>? live, IEnumerable<Condition> computed, IReadOnlySet<string> owned, long generation, DateTimeOffset now)
    {
        var fresh = new Dictionary<string, Condition>(StringComparer.Ordinal);
        foreach (var condition in computed.Where(condition => owned.Contains(condition.Type)))
        {
            fresh[condition.Type] = condition;
        }

        var merged = new List<Condition>();
        foreach (var old in live ?? [])
        {
            if (!owned.Contains(old.Type))
            {
                merged.Add(old);
            }
            else if (fresh.Remove(old.Type, out var condition))
            {
                merged.Add(Complete(condition, old, generation, now));
            }
        }

        merged.AddRange(fresh.Values.Select(condition => Complete(condition, null, generation, now)));
        return merged;
    }

    private static Condition Complete(Condition condition, Condition? old, long generation, DateTimeOffset now) => condition with
    {
        ObservedGeneration = generation,
        Message = condition.Message.Length > MaxMessageLength ? string.Concat(condition.Message.AsSpan(0, MaxMessageLength - 1), "…") : condition.Message,
        LastTransitionTime = old is not null && old.Status == condition.Status ? old.LastTransitionTime : now,
    };
}
