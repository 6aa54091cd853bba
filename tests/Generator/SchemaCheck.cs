using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.Generator.Tests;

/// <summary>Checks an object against a schema as the API server does, unknown fields included.</summary>
internal static class SchemaCheck
{
    public static IEnumerable<string> Check(JsonObject schema, JsonNode? value, string path) =>
        schema.ContainsKey("x-kubernetes-int-or-string") ? CheckQuantity(schema, value, path)
        : schema["type"]!.GetValue<string>() switch
        {
            "object" => value is JsonObject map ? CheckObject(schema, map, path) : [$"{path}: is no object"],
            "array" => value is JsonArray list ? list.SelectMany((item, index) => Check(schema["items"]!.AsObject(), item, $"{path}[{index}]")) : [$"{path}: is no list"],
            "string" => value?.GetValueKind() == JsonValueKind.String ? CheckText(schema, value.GetValue<string>(), path) : [$"{path}: is no string"],
            "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? [] : [$"{path}: is no boolean"],
            _ => value?.GetValueKind() == JsonValueKind.Number ? CheckNumber(schema, value.GetValue<long>(), path) : [$"{path}: is no integer"],
        };

    private static IEnumerable<string> CheckObject(JsonObject schema, JsonObject value, string path)
    {
        foreach (var required in schema["required"]?.AsArray() ?? [])
        {
            if (!value.ContainsKey(required!.GetValue<string>()))
            {
                yield return $"{path}.{required}: is missing";
            }
        }

        foreach (var (name, field) in value)
        {
            var known = (schema["properties"]?[name] ?? schema["additionalProperties"])?.AsObject();
            var open = schema.ContainsKey("x-kubernetes-preserve-unknown-fields") || path.EndsWith(".metadata", StringComparison.Ordinal);
            foreach (var problem in known is not null ? Check(known, field, $"{path}.{name}") : open ? [] : [$"{path}.{name}: is no field"])
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> CheckText(JsonObject schema, string value, string path)
    {
        if (schema["enum"] is JsonArray allowed && allowed.All(item => item!.GetValue<string>() != value))
        {
            yield return $"{path}: {value} is not allowed";
        }

        if (schema["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(value, pattern))
        {
            yield return $"{path}: {value} does not match {pattern}";
        }

        if (value.Length < (schema["minLength"]?.GetValue<long>() ?? 0) || value.Length > (schema["maxLength"]?.GetValue<long>() ?? long.MaxValue))
        {
            yield return $"{path}: has {value.Length} characters";
        }
    }

    private static IEnumerable<string> CheckNumber(JsonObject schema, long value, string path) =>
        value < (schema["minimum"]?.GetValue<long>() ?? long.MinValue) || value > (schema["maximum"]?.GetValue<long>() ?? long.MaxValue) ? [$"{path}: {value} is out of bounds"] : [];

    private static IEnumerable<string> CheckQuantity(JsonObject schema, JsonNode? value, string path) => value?.GetValueKind() switch
    {
        JsonValueKind.Number => [],
        JsonValueKind.String => CheckText(schema, value.GetValue<string>(), path),
        _ => [$"{path}: is no quantity"],
    };
}
