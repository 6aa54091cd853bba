using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Berth.Runtime.Client;

/// <summary>What JSON of a type may look like. All null: a value that its converter alone understands, or anything at all.</summary>
internal sealed record FieldShape
{
    /// <summary>The fields of an object, by their names in JSON, with their types.</summary>
    public IReadOnlyDictionary<string, Type>? Fields { get; init; }

    /// <summary>The type of the values of a map.</summary>
    public Type? ValueType { get; init; }

    /// <summary>The type of the items of a list.</summary>
    public Type? ItemType { get; init; }
}

/// <summary>Shapes as the serializer's own metadata has them, so that what it reads and what is called known are the same.</summary>
internal sealed class FieldShapes
{
    private static readonly ConditionalWeakTable<JsonSerializerOptions, FieldShapes> ByOptions = [];

    private readonly ConcurrentDictionary<Type, FieldShape> _shapes = new();
    private readonly Func<Type, FieldShape> _read;

    private FieldShapes(JsonSerializerOptions options) => _read = type => Read(options.GetTypeInfo(type));

    /// <summary>The shapes under these options; read once for each type.</summary>
    public static FieldShapes Of(JsonSerializerOptions options) => ByOptions.GetValue(options, static options => new FieldShapes(options));

    public FieldShape OfType(Type type) => _shapes.GetOrAdd(type, _read);

    private static FieldShape Read(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Object when !type.Properties.Any(property => property.IsExtensionData) => new FieldShape
        {
            Fields = type.Properties.Where(property => property.Set is not null).ToFrozenDictionary(property => property.Name, property => property.PropertyType, StringComparer.Ordinal),
        },
        JsonTypeInfoKind.Dictionary => new FieldShape { ValueType = type.ElementType },
        JsonTypeInfoKind.Enumerable => new FieldShape { ItemType = type.ElementType },
        _ => new FieldShape(),
    };
}
