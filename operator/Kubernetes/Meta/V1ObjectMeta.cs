using System.Text.Json.Serialization;

namespace Berth.Kubernetes;

/// <summary>Metadata of a stored object. <c>managedFields</c> is left out on purpose: it is never kept.</summary>
public sealed record V1ObjectMeta
{
    public string? Name { get; set; }

    public string? GenerateName { get; set; }

    [JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; set; }

    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }

    public long? Generation { get; set; }

    public DateTimeOffset? CreationTimestamp { get; set; }

    public DateTimeOffset? DeletionTimestamp { get; set; }

    public long? DeletionGracePeriodSeconds { get; set; }

    public IDictionary<string, string>? Labels { get; set; }

    public IDictionary<string, string>? Annotations { get; set; }

    public IList<V1OwnerReference>? OwnerReferences { get; set; }

    public IList<string>? Finalizers { get; set; }
}

/// <summary>Names the owner of an object; the garbage collector deletes the object after its owners.</summary>
public sealed record V1OwnerReference
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public string Name { get; set; } = "";

    public string Uid { get; set; } = "";

    public bool? Controller { get; set; }

    public bool? BlockOwnerDeletion { get; set; }
}

/// <summary>Metadata of a list.</summary>
public sealed record V1ListMeta
{
    public string? ResourceVersion { get; set; }

    [JsonPropertyName("continue")]
    public string? ContinueProperty { get; set; }

    public long? RemainingItemCount { get; set; }
}
