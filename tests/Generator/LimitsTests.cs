using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Generator.Tests;

public sealed class LimitsTests
{
    private const string QuantityPattern = @"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?[0-9]+))?$";

    public static TheoryData<string> Kinds => Crds.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_schema_says_what_the_attributes_say(string kind)
    {
        var type = typeof(BerthApi).Assembly.GetType("Berth.Api." + kind)!;
        var compared = Compare(type, Crds.SchemaOf(kind), kind);

        Assert.True(compared > 5, $"only {compared} attributes of {kind} were compared");
    }

    private static int Compare(Type type, JsonNode schema, string path)
    {
        var compared = 0;
        foreach (var property in type.GetProperties().Where(property => property.CanWrite && property.PropertyType != typeof(V1ObjectMeta) && !property.IsDefined(typeof(JsonIgnoreAttribute))))
        {
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var field = schema["properties"]![name]!;
            compared += CompareAttributes(property, field, $"{path}.{name}");
            Assert.Equal(property.IsDefined(typeof(RequiredAttribute)), IsRequired(schema, name) && !IsKeyOnly(property, schema, name));

            var inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var (next, nextSchema) = inner.IsGenericType ? (inner.GenericTypeArguments[^1], field["items"] ?? field["additionalProperties"]) : (inner, field);
            if (next.IsClass && next != typeof(string))
            {
                compared += Compare(next, nextSchema!, $"{path}.{name}");
            }
        }

        return compared;
    }

    private static int CompareAttributes(PropertyInfo property, JsonNode field, string path)
    {
        (string Keyword, object? Value)[] expected =
        [
            ("pattern", IsQuantity(property) ? QuantityPattern : property.GetCustomAttribute<PatternAttribute>()?.Regex),
            ("maxLength", IsQuantity(property) ? 64 : Bound(property.GetCustomAttribute<LengthAttribute>()?.MaxLength)),
            ("minimum", property.GetCustomAttribute<RangeMinimumAttribute>()?.Minimum),
            ("maximum", property.GetCustomAttribute<RangeMaximumAttribute>()?.Maximum),
            ("minLength", Bound(property.GetCustomAttribute<LengthAttribute>()?.MinLength)),
            ("minItems", Bound(property.GetCustomAttribute<ItemsAttribute>()?.MinItems)),
            ("maxItems", Bound(property.GetCustomAttribute<ItemsAttribute>()?.MaxItems)),
            ("default", property.GetCustomAttribute<SchemaDefaultAttribute>()?.Value),
            ("enum", property.GetCustomAttribute<AllowedValuesAttribute>()?.Values),
            ("x-kubernetes-list-map-keys", property.GetCustomAttribute<ListMapKeysAttribute>()?.Keys),
            ("x-kubernetes-preserve-unknown-fields", property.IsDefined(typeof(PreserveUnknownFieldsAttribute)) ? true : null),
        ];
        foreach (var (keyword, value) in expected)
        {
            var actual = property.Name == "Status" && keyword == "default" ? null : field[keyword];
            var wanted = JsonSerializer.SerializeToNode(value);
            Assert.True(JsonNode.DeepEquals(wanted, actual), $"{path}: {keyword} is {actual?.ToJsonString()}, not {wanted?.ToJsonString()}");
        }

        return expected.Count(pair => pair.Value is not null);
    }

    private static bool IsQuantity(PropertyInfo property) => property.PropertyType == typeof(Quantity) || property.PropertyType == typeof(Quantity?);

    private static int? Bound(int? bound) => bound is null or < 0 ? null : bound;

    private static bool IsRequired(JsonNode schema, string name) => schema["required"]?.AsArray().Any(required => required!.GetValue<string>() == name) == true;

    // The key of a map list is required by the list, whether or not its type says so.
    private static bool IsKeyOnly(PropertyInfo property, JsonNode schema, string name) =>
        !property.IsDefined(typeof(RequiredAttribute)) && IsRequired(schema, name)
        && schema.Parent is JsonObject list && list["x-kubernetes-list-map-keys"]?.AsArray().Any(key => key!.GetValue<string>() == name) == true;
}
