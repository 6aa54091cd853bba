using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.DisruptionBudgets;

/// <summary>The budget as it should be, whatever the API version.</summary>
internal static class DisruptionBudget
{
    public const string Name = "berth";

    private const string ManagedBy = "app.kubernetes.io/managed-by";

    public static V1ObjectMeta Metadata(string @namespace) => new()
    {
        Name = Name,
        NamespaceProperty = @namespace,
        Labels = new Dictionary<string, string> { [ManagedBy] = BerthFieldManagers.Operator },
    };

    /// <summary>More than there can be pods: no eviction is ever within the budget.</summary>
    public static V1PodDisruptionBudgetSpec Spec() => new()
    {
        MinAvailable = int.MaxValue,
        Selector = new V1LabelSelector
        {
            MatchExpressions = [new V1LabelSelectorRequirement { Key = BerthLabels.VirtualMachine, OperatorProperty = "Exists" }],
        },
    };

    public static bool IsAsWanted(V1PodDisruptionBudgetSpec spec) =>
        spec.MinAvailable == int.MaxValue
        && spec.Selector is { MatchLabels: null or { Count: 0 }, MatchExpressions: [{ Key: BerthLabels.VirtualMachine, OperatorProperty: "Exists" }] };

    /// <summary>One of that name which somebody else made goes with its maker.</summary>
    public static bool IsOurs(IKubernetesObject<V1ObjectMeta> budget) => budget.Label(ManagedBy) == BerthFieldManagers.Operator;
}
