namespace Berth.Kubernetes;

/// <summary>A pod disruption budget. Servers before 1.21 know it as <c>policy/v1beta1</c> only; the client's user asks discovery.</summary>
[KubernetesEntity(Group = "policy", ApiVersion = "v1", Kind = "PodDisruptionBudget", PluralName = "poddisruptionbudgets")]
public sealed record V1PodDisruptionBudget : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public V1PodDisruptionBudgetSpec Spec { get; set; } = new();
}

/// <summary>The same object in <c>policy/v1beta1</c>.</summary>
[KubernetesEntity(Group = "policy", ApiVersion = "v1beta1", Kind = "PodDisruptionBudget", PluralName = "poddisruptionbudgets")]
public sealed record V1Beta1PodDisruptionBudget : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public V1PodDisruptionBudgetSpec Spec { get; set; } = new();
}

/// <summary>A pod disruption budget's spec.</summary>
public sealed record V1PodDisruptionBudgetSpec
{
    public int? MinAvailable { get; set; }

    public V1LabelSelector? Selector { get; set; }
}
