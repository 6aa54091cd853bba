namespace Berth.Kubernetes;

/// <summary>Names one object of a kind: its namespace (null when cluster-scoped) and its name.</summary>
public readonly record struct ObjectKey(string? Namespace, string Name)
{
    /// <summary><c>namespace/name</c>, or the name alone for a cluster-scoped object.</summary>
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
