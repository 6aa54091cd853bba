namespace Berth.Kubernetes;

/// <summary>A Secret. Its values are never logged.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "Secret", PluralName = "secrets")]
public sealed record V1Secret : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public string? Type { get; set; }

    /// <summary>The values; JSON carries them in base64.</summary>
    public IDictionary<string, byte[]>? Data { get; set; }
}
