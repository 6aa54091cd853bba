namespace Berth.Kubernetes;

/// <summary>A page of objects, or all of them when <see cref="V1ListMeta.ContinueProperty"/> is empty.</summary>
public sealed record KubernetesList<T> : IKubernetesObject<V1ListMeta>
    where T : IKubernetesObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ListMeta Metadata { get; set; } = new();

    public IList<T> Items { get; set; } = [];
}
