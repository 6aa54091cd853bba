namespace Berth.Kubernetes;

/// <summary>A ConfigMap, as far as Berth makes and reads them.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "ConfigMap", PluralName = "configmaps")]
public sealed record V1ConfigMap : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Texts by key.</summary>
    public IDictionary<string, string>? Data { get; set; }
}
