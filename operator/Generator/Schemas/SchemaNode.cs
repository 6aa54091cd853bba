using System.Text.RegularExpressions;

namespace Berth.Generator;

/// <summary>What a value is in an object's JSON.</summary>
internal enum SchemaType
{
    Object,
    Map,
    List,
    Text,
    Boolean,
    Int32,
    Int64,
    Quantity,
    Time,
    Any,
}

/// <summary>The schema of one value, with the limits that its attributes set.</summary>
internal sealed record SchemaNode
{
    public required SchemaType Type { get; init; }

    /// <summary>The C# type that the schema was read from, without Nullable.</summary>
    public required Type ClrType { get; init; }

    public required string Description { get; init; }

    /// <summary>Fields of an object, in the order of their declaration.</summary>
    public IReadOnlyList<SchemaProperty> Properties { get; init; } = [];

    /// <summary>Schema of a list's items or a map's values.</summary>
    public SchemaNode? Items { get; init; }

    public IReadOnlyList<string> MapKeys { get; init; } = [];

    public IReadOnlyList<string> AllowedValues { get; init; } = [];

    public string? Pattern { get; init; }

    public long? Minimum { get; init; }

    public long? Maximum { get; init; }

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    public int? MinItems { get; init; }

    public int? MaxItems { get; init; }

    public object? Default { get; init; }

    public bool IsInteger => Type is SchemaType.Int32 or SchemaType.Int64;

    /// <summary>True for a string that may be empty.</summary>
    public bool AllowsEmptyText =>
        Type == SchemaType.Text
        && MinLength is null or 0
        && (AllowedValues.Count == 0 || AllowedValues.Contains(""))
        && (Pattern is null || Regex.IsMatch("", Pattern));

    public bool IsScalar => Type is SchemaType.Text or SchemaType.Boolean or SchemaType.Int32 or SchemaType.Int64;
}

/// <summary>A field of an object.</summary>
internal sealed record SchemaProperty(string Name, SchemaNode Schema, bool Required);
