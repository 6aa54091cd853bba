using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Names one key of a Secret in the same namespace.</summary>
public sealed record SecretKeyReference
{
    /// <summary>Name of the Secret.</summary>
    [Required]
    [Length(1, 253)]
    public string Name { get; set; } = "";

    /// <summary>Key in the Secret's data. Default: userData.</summary>
    [Length(maxLength: 253)]
    public string? Key { get; set; }

    /// <summary>The key that is meant when none is given.</summary>
    public const string DefaultKey = "userData";

    /// <summary>The key, or the default one.</summary>
    public string KeyOrDefault() => string.IsNullOrEmpty(Key) ? DefaultKey : Key;
}

/// <summary>Names an object in the same namespace.</summary>
public sealed record LocalObjectReference
{
    /// <summary>Name of the object.</summary>
    [Required]
    [Length(1, 253)]
    public string Name { get; set; } = "";
}

/// <summary>Which namespaces may use a cluster-scoped object.</summary>
public sealed record AllowedNamespaces
{
    /// <summary>All (default), Selector (namespaces that match the selector) or None.</summary>
    [AllowedValues("All", "Selector", "None")]
    public string? From { get; set; }

    /// <summary>Labels of the namespaces that may use it; read when from is Selector.</summary>
    public V1LabelSelector? Selector { get; set; }
}

/// <summary>A node given to an object, and the epoch of that gift.</summary>
public sealed record Binding
{
    /// <summary>The node; empty while the object is given to none.</summary>
    public string? NodeName { get; set; }

    /// <summary>Grows with each change and never repeats.</summary>
    public long Epoch { get; set; }

    /// <summary>The API level that the spec needed when it was given to the node; absent for 1. An agent of a lower level refuses.</summary>
    public int? ApiLevel { get; set; }
}
