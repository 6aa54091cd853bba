using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Berths;

/// <summary>Where a berth may go: what the VM asks for, and what Berth adds to it.</summary>
internal static class BerthPlacement
{
    private const string NodeNameField = "metadata.name";

    /// <summary>The VM's own node labels, and the mark of a host, which nothing overrides.</summary>
    public static IDictionary<string, string> NodeSelector(BerthRequest request)
    {
        var selector = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in request.Machine.Spec.Placement?.NodeSelector ?? new Dictionary<string, string>())
        {
            selector[key] = value;
        }

        selector[BerthLabels.Host] = "true";
        return selector;
    }

    /// <summary>The VM's affinity with Berth's requirements added to each alternative: alternatives are joined by or, requirements by and.</summary>
    public static V1Affinity? Affinity(BerthRequest request)
    {
        var wanted = request.Machine.Spec.Placement?.Affinity;
        var expressions = request.NodeSelectors
            .SelectMany(selector => selector)
            .Distinct()
            .OrderBy(label => label.Key, StringComparer.Ordinal).ThenBy(label => label.Value, StringComparer.Ordinal)
            .Select(label => Requirement(label.Key, "In", label.Value))
            .ToList();
        var fields = request.AvoidedNodes.Distinct().Order(StringComparer.Ordinal).Select(node => Requirement(NodeNameField, "NotIn", node))
            .Concat(RequiredNodes(request).Select(node => Requirement(NodeNameField, "In", node)))
            .ToList();
        if (expressions.Count == 0 && fields.Count == 0)
        {
            return wanted;
        }

        var nodeAffinity = wanted?.NodeAffinity ?? new V1NodeAffinity();
        var alternatives = nodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms ?? [new V1NodeSelectorTerm()];
        var isOurs = nodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution is null;
        var terms = alternatives.Select(term => isOurs || !IsEmpty(term) ? Add(term, expressions, fields) : term).ToList();
        return (wanted ?? new V1Affinity()) with
        {
            NodeAffinity = nodeAffinity with { RequiredDuringSchedulingIgnoredDuringExecution = new V1NodeSelector { NodeSelectorTerms = terms } },
        };
    }

    private static IEnumerable<string> RequiredNodes(BerthRequest request) =>
        (request.OccupiedNode is { } occupied ? request.Nodes.Append(occupied) : request.Nodes).Distinct().Order(StringComparer.Ordinal);

    // To kube-scheduler a term without requirements matches no node; with ours added it would match some.
    private static bool IsEmpty(V1NodeSelectorTerm term) => term.MatchExpressions is not { Count: > 0 } && term.MatchFields is not { Count: > 0 };

    private static V1NodeSelectorTerm Add(V1NodeSelectorTerm term, List<V1NodeSelectorRequirement> expressions, List<V1NodeSelectorRequirement> fields) => new()
    {
        MatchExpressions = Join(term.MatchExpressions, expressions),
        MatchFields = Join(term.MatchFields, fields),
    };

    private static IList<V1NodeSelectorRequirement>? Join(IList<V1NodeSelectorRequirement>? own, List<V1NodeSelectorRequirement> added) =>
        added.Count == 0 ? own : [.. own ?? [], .. added];

    private static V1NodeSelectorRequirement Requirement(string key, string op, string value) => new() { Key = key, OperatorProperty = op, Values = [value] };
}
