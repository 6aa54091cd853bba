using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Generator;

/// <summary>Reads kinds and their schemas from types, their attributes and their documentation.</summary>
internal sealed class SchemaReader(XmlDocumentation documentation)
{
    private readonly List<string> _errors = [];

    /// <summary>All kinds of an assembly, by plural name.</summary>
    /// <exception cref="GenerationException">A field has no description, or a limit that Kubernetes would not take.</exception>
    public IReadOnlyList<EntitySchema> ReadAll(Assembly assembly) =>
        Read(assembly.GetExportedTypes().Where(type => type.IsDefined(typeof(KubernetesEntityAttribute))));

    /// <summary>The kinds that the types describe, by plural name.</summary>
    /// <exception cref="GenerationException">A field has no description, or a limit that Kubernetes would not take.</exception>
    public IReadOnlyList<EntitySchema> Read(IEnumerable<Type> types)
    {
        var entities = types.Select(Read).OrderBy(entity => entity.Entity.PluralName, StringComparer.Ordinal).ToList();
        _errors.AddRange(entities.SelectMany(SchemaRules.Check));
        return _errors.Count == 0 ? entities : throw new GenerationException(_errors);
    }

    private EntitySchema Read(Type type)
    {
        var entity = type.GetCustomAttribute<KubernetesEntityAttribute>()!;
        return new EntitySchema
        {
            Entity = entity,
            Scope = type.GetCustomAttribute<EntityScopeAttribute>()?.Scope ?? EntityScope.Namespaced,
            ShortNames = type.GetCustomAttribute<KubernetesEntityShortNamesAttribute>()?.ShortNames ?? [],
            Categories = type.GetCustomAttribute<EntityCategoriesAttribute>()?.Categories ?? [],
            Columns = [.. type.GetCustomAttributes<PrinterColumnAttribute>()],
            Name = type.GetCustomAttribute<EntityNameAttribute>(),
            Root = ReadObject(type, documentation.Of(type) ?? Missing(entity.Kind), entity.Kind),
        };
    }

    private SchemaNode ReadObject(Type type, string description, string path) => new()
    {
        Type = SchemaType.Object,
        ClrType = type,
        Description = description,
        Properties = [.. FieldsOf(type).Select(property => ReadProperty(property, path))],
    };

    private static IEnumerable<PropertyInfo> FieldsOf(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite && !property.IsDefined(typeof(JsonIgnoreAttribute)));

    private SchemaProperty ReadProperty(PropertyInfo property, string path)
    {
        var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
            ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        path = $"{path}.{name}";
        var description = documentation.Of(property) ?? Missing(path);
        var schema = property.PropertyType == typeof(V1ObjectMeta)
            ? new SchemaNode { Type = SchemaType.Object, ClrType = typeof(V1ObjectMeta), Description = description }
            : ReadType(property.PropertyType, description, path);
        if (schema.Type == SchemaType.Any && !property.IsDefined(typeof(PreserveUnknownFieldsAttribute)))
        {
            _errors.Add($"{path}: say [PreserveUnknownFields] to take any object here, or give the field a type.");
        }

        return new SchemaProperty(name, WithLimits(schema, property), property.IsDefined(typeof(RequiredAttribute)));
    }

    private SchemaNode ReadType(Type declared, string description, string path)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (ScalarOf(type) is { } scalar)
        {
            return new SchemaNode { Type = scalar, ClrType = type, Description = description };
        }

        if (ItemOf(type, typeof(IList<>), 0) is { } item)
        {
            return Collection(SchemaType.List, type, description, ReadItem(item, path + "[]"));
        }

        if (ItemOf(type, typeof(IDictionary<,>), 1) is { } value)
        {
            return Collection(SchemaType.Map, type, description, ReadItem(value, path + "{}"));
        }

        if (!type.IsClass || type == typeof(object))
        {
            _errors.Add($"{path}: no schema can be made of {type}.");
        }

        return ReadObject(type, description, path);
    }

    private static SchemaNode Collection(SchemaType schemaType, Type type, string description, SchemaNode items) =>
        new() { Type = schemaType, ClrType = type, Description = description, Items = items };

    // An item has no field of its own to document: an object's text is its type's.
    private SchemaNode ReadItem(Type type, string path) =>
        ReadType(type, ScalarOf(type) is null ? documentation.Of(type) ?? Missing(path) : "", path);

    private static SchemaType? ScalarOf(Type type) =>
        type == typeof(string) ? SchemaType.Text
        : type == typeof(bool) ? SchemaType.Boolean
        : type == typeof(int) ? SchemaType.Int32
        : type == typeof(long) ? SchemaType.Int64
        : type == typeof(Quantity) ? SchemaType.Quantity
        : type == typeof(DateTimeOffset) ? SchemaType.Time
        : type == typeof(JsonElement) ? SchemaType.Any
        : null;

    private static Type? ItemOf(Type type, Type definition, int argument) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition ? type.GenericTypeArguments[argument] : null;

    private static SchemaNode WithLimits(SchemaNode schema, PropertyInfo property)
    {
        var (length, items) = (property.GetCustomAttribute<LengthAttribute>(), property.GetCustomAttribute<ItemsAttribute>());
        return schema with
        {
            Pattern = property.GetCustomAttribute<PatternAttribute>()?.Regex,
            Minimum = property.GetCustomAttribute<RangeMinimumAttribute>()?.Minimum,
            Maximum = property.GetCustomAttribute<RangeMaximumAttribute>()?.Maximum,
            MinLength = Bound(length?.MinLength),
            MaxLength = Bound(length?.MaxLength),
            MinItems = Bound(items?.MinItems),
            MaxItems = Bound(items?.MaxItems),
            MapKeys = property.GetCustomAttribute<ListMapKeysAttribute>()?.Keys ?? [],
            AllowedValues = property.GetCustomAttribute<AllowedValuesAttribute>()?.Values ?? [],
            Default = property.GetCustomAttribute<SchemaDefaultAttribute>()?.Value,
        };
    }

    private static int? Bound(int? bound) => bound is null or < 0 ? null : bound;

    private string Missing(string path)
    {
        _errors.Add($"{path}: has no description; write a <summary> on it.");
        return "";
    }
}
