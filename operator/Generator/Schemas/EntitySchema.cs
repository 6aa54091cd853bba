using Berth.Kubernetes;

namespace Berth.Generator;

/// <summary>One kind: what it is called, how it is listed, and its schema.</summary>
internal sealed record EntitySchema
{
    public required KubernetesEntityAttribute Entity { get; init; }

    public required EntityScope Scope { get; init; }

    public required IReadOnlyList<string> ShortNames { get; init; }

    public required IReadOnlyList<string> Categories { get; init; }

    public required IReadOnlyList<PrinterColumnAttribute> Columns { get; init; }

    /// <summary>Bounds of the name; null when any DNS subdomain will do.</summary>
    public required EntityNameAttribute? Name { get; init; }

    public required SchemaNode Root { get; init; }
}
