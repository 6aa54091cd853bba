namespace Berth.Operator.Metrics;

/// <summary>Counts of objects by kind and reason. However many reasons there may be in statuses, few become labels.</summary>
internal sealed class ReasonCounts
{
    /// <summary>So many reasons of a kind are told apart.</summary>
    public const int MaxReasons = 40;

    /// <summary>The reason of an object whose status nobody has written.</summary>
    public const string Unobserved = "Unobserved";

    /// <summary>The reasons beyond <see cref="MaxReasons"/>.</summary>
    public const string Other = "Other";

    private readonly Dictionary<string, Dictionary<string, int>> _kinds = new(StringComparer.Ordinal);

    public void Add(string kind, string? reason)
    {
        if (!_kinds.TryGetValue(kind, out var reasons))
        {
            _kinds[kind] = reasons = new(StringComparer.Ordinal);
        }

        reason = string.IsNullOrEmpty(reason) ? Unobserved : reason;
        var label = reasons.ContainsKey(reason) || reasons.Count < MaxReasons ? reason : Other;
        reasons[label] = reasons.GetValueOrDefault(label) + 1;
    }

    public IEnumerable<(string Kind, string Reason, int Count)> All() =>
        _kinds.SelectMany(kind => kind.Value.Select(reason => (kind.Key, reason.Key, reason.Value)));
}
