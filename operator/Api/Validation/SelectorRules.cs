using System.Globalization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Rules of label selectors and node selectors: the API server would refuse the berth that carries them.</summary>
internal static class SelectorRules
{
    private static readonly string[] LabelOperators = ["In", "NotIn", "Exists", "DoesNotExist"];
    private static readonly string[] NodeOperators = [.. LabelOperators, "Gt", "Lt"];

    public static void LabelSelector(this FieldFindings findings, string field, V1LabelSelector? selector)
    {
        findings.Labels($"{field}.matchLabels", selector?.MatchLabels);
        foreach (var (requirement, path) in FieldPath.Items($"{field}.matchExpressions", selector?.MatchExpressions))
        {
            findings.Requirement(path, requirement?.Key, requirement?.OperatorProperty, requirement?.Values, LabelOperators, isLabel: true);
        }
    }

    public static void NodeSelectorTerm(this FieldFindings findings, string field, V1NodeSelectorTerm? term)
    {
        if (term?.MatchExpressions is not { Count: > 0 } && term?.MatchFields is not { Count: > 0 })
        {
            findings.Invalid(field, "is empty and would match no node; give matchExpressions or matchFields.");
        }

        foreach (var (requirement, path) in FieldPath.Items($"{field}.matchExpressions", term?.MatchExpressions))
        {
            findings.Requirement(path, requirement?.Key, requirement?.OperatorProperty, requirement?.Values, NodeOperators, isLabel: true);
        }

        foreach (var (requirement, path) in FieldPath.Items($"{field}.matchFields", term?.MatchFields))
        {
            findings.NodeField(path, requirement);
        }
    }

    // The API server knows one field of nodes here, and two ways to compare it.
    private static void NodeField(this FieldFindings findings, string field, V1NodeSelectorRequirement? requirement)
    {
        if (requirement?.Key != "metadata.name")
        {
            findings.Invalid($"{field}.key", $"{FieldText.Quoted(requirement?.Key)} is not a field of nodes that can be matched; only metadata.name is.");
        }

        findings.OneOf($"{field}.operator", requirement?.OperatorProperty ?? "", "In", "NotIn");
        if (requirement?.Values is not { Count: 1 })
        {
            findings.Invalid($"{field}.values", "must have exactly one value.");
        }
    }

    private static void Requirement(
        this FieldFindings findings, string field, string? key, string? comparison, IList<string>? values, string[] operators, bool isLabel)
    {
        if (isLabel && !FieldText.IsLabelKey(key))
        {
            findings.Invalid($"{field}.key", $"{FieldText.Quoted(key)} is not the key of a label.");
        }

        findings.OneOf($"{field}.operator", comparison ?? "", operators);
        var problem = comparison switch
        {
            "In" or "NotIn" when values is not { Count: > 0 } => $"is missing; operator {comparison} compares with at least one value.",
            "Exists" or "DoesNotExist" when values is { Count: > 0 } => $"must be left out for operator {comparison}.",
            "Gt" or "Lt" when values is not { Count: 1 } || !long.TryParse(values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) =>
                $"must be exactly one whole number for operator {comparison}.",
            "In" or "NotIn" when values.FirstOrDefault(value => !FieldText.IsLabelValue(value)) is { } bad =>
                $"has {FieldText.Quoted(bad)}, which is not the value of a label.",
            _ => null,
        };
        if (problem is not null)
        {
            findings.Invalid($"{field}.values", problem);
        }
    }
}
