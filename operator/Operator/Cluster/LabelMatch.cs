using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Cluster;

/// <summary>Whether labels are as a selector asks; by the rules of the API server.</summary>
internal static class LabelMatch
{
    /// <summary>True when every wanted label is there with its value; no wish is met by all.</summary>
    public static bool HasAll(IDictionary<string, string>? labels, IDictionary<string, string>? wanted) =>
        wanted is null || wanted.All(want => labels is not null && labels.TryGetValue(want.Key, out var value) && value == want.Value);

    /// <summary>True when the labels meet the selector; an empty selector is met by all, none at all by nothing.</summary>
    public static bool Matches(IDictionary<string, string>? labels, V1LabelSelector? selector) =>
        selector is not null
        && HasAll(labels, selector.MatchLabels)
        && (selector.MatchExpressions ?? []).All(requirement => Meets(labels, requirement));

    /// <summary>True when both hold the same labels.</summary>
    public static bool AreEqual(IDictionary<string, string>? left, IDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0) && HasAll(left, right);

    /// <summary>Whether a namespace may use an object with this rule. No rule allows all.</summary>
    public static bool Allows(AllowedNamespaces? allowed, V1Namespace? @namespace) => allowed?.From switch
    {
        null or "" or "All" => true,
        "Selector" => Matches(@namespace?.Metadata.Labels, allowed.Selector),
        _ => false,
    };

    private static bool Meets(IDictionary<string, string>? labels, V1LabelSelectorRequirement requirement)
    {
        var value = labels is not null && labels.TryGetValue(requirement.Key, out var found) ? found : null;
        return requirement.OperatorProperty switch
        {
            "In" => value is not null && requirement.Values?.Contains(value) == true,
            "NotIn" => value is null || requirement.Values?.Contains(value) != true,
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            _ => false,
        };
    }
}
