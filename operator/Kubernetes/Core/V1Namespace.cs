namespace Berth.Kubernetes;

/// <summary>A namespace. Partial: never PUT it.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "Namespace", PluralName = "namespaces")]
[EntityScope(EntityScope.Cluster)]
public sealed record V1Namespace : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public V1NamespaceStatus? Status { get; set; }
}

/// <summary>A namespace's status.</summary>
public sealed record V1NamespaceStatus
{
    /// <summary>Active or Terminating.</summary>
    public string? Phase { get; set; }
}
