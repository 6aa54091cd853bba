namespace Berth.Kubernetes;

/// <summary>A node, as far as Berth reads it. Partial: never PUT it.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "Node", PluralName = "nodes")]
[EntityScope(EntityScope.Cluster)]
public sealed record V1Node : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public V1NodeSpec? Spec { get; set; }

    public V1NodeStatus? Status { get; set; }
}

/// <summary>A node's spec.</summary>
public sealed record V1NodeSpec
{
    public bool? Unschedulable { get; set; }

    public IList<V1Taint>? Taints { get; set; }
}

/// <summary>Repels pods that do not tolerate it.</summary>
public sealed record V1Taint
{
    public string Key { get; set; } = "";

    public string? Value { get; set; }

    public string Effect { get; set; } = "";
}

/// <summary>A node's status.</summary>
public sealed record V1NodeStatus
{
    public IDictionary<string, Quantity>? Capacity { get; set; }

    public IDictionary<string, Quantity>? Allocatable { get; set; }

    public IList<V1PodCondition>? Conditions { get; set; }

    public V1NodeSystemInfo? NodeInfo { get; set; }
}

/// <summary>Facts about a node's machine.</summary>
public sealed record V1NodeSystemInfo
{
    public string? MachineID { get; set; }

    public string? BootID { get; set; }
}
