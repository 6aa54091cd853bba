namespace Berth.Kubernetes;

/// <summary>Webhooks that may refuse a request. Only its existence and version are read here; it is patched as raw JSON.</summary>
[KubernetesEntity(Group = "admissionregistration.k8s.io", ApiVersion = "v1", Kind = "ValidatingWebhookConfiguration", PluralName = "validatingwebhookconfigurations")]
[EntityScope(EntityScope.Cluster)]
public sealed record V1ValidatingWebhookConfiguration : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();
}

/// <summary>Webhooks that may change a request. Only its existence and version are read here; it is patched as raw JSON.</summary>
[KubernetesEntity(Group = "admissionregistration.k8s.io", ApiVersion = "v1", Kind = "MutatingWebhookConfiguration", PluralName = "mutatingwebhookconfigurations")]
[EntityScope(EntityScope.Cluster)]
public sealed record V1MutatingWebhookConfiguration : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();
}
