using System.Text.Json.Nodes;

namespace Berth.Generator;

/// <summary>Writes schemas as OpenAPI v3 in the structural form that CustomResourceDefinitions ask for.</summary>
internal static class OpenApiSchema
{
    // The grammar of resource.Quantity, as the API server's own types publish it; the length bounds what has to be parsed.
    private const string QuantityPattern =
        @"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?[0-9]+))?$";

    private const int QuantityMaxLength = 64;

    public static JsonObject Write(SchemaNode node, IReadOnlyCollection<string>? requiredKeys = null)
    {
        var schema = new JsonObject();
        if (node.Description.Length > 0)
        {
            schema["description"] = node.Description;
        }

        WriteType(node, schema);
        if (node.AllowsEmptyText)
        {
            // kube-apiserver 1.20, when built with Go 1.18 or later, takes an empty string for null and refuses it unless null is allowed.
            schema["nullable"] = true;
        }

        WriteLimits(node, schema);
        if (node.Type == SchemaType.Object)
        {
            WriteProperties(node, schema, requiredKeys ?? []);
        }

        return schema;
    }

    private static void WriteType(SchemaNode node, JsonObject schema)
    {
        switch (node.Type)
        {
            case SchemaType.Quantity:
                // Without the anyOf that is often written beside it: the server adds it by itself, and one refusal reads better than three.
                schema["x-kubernetes-int-or-string"] = true;
                schema["pattern"] = QuantityPattern;
                schema["maxLength"] = QuantityMaxLength;
                break;
            case SchemaType.Any:
                schema["type"] = "object";
                schema["x-kubernetes-preserve-unknown-fields"] = true;
                break;
            case SchemaType.List:
                schema["type"] = "array";
                WriteItems(node, schema);
                break;
            case SchemaType.Map:
                schema["type"] = "object";
                schema["additionalProperties"] = Write(node.Items!);
                break;
            default:
                schema["type"] = TypeName(node.Type);
                break;
        }

        if (FormatOf(node.Type) is { } format)
        {
            schema["format"] = format;
        }
    }

    private static void WriteItems(SchemaNode node, JsonObject schema)
    {
        if (node.MapKeys.Count > 0)
        {
            schema["x-kubernetes-list-type"] = "map";
            schema["x-kubernetes-list-map-keys"] = Strings(node.MapKeys);
        }

        schema["items"] = Write(node.Items!, node.MapKeys);
    }

    private static string TypeName(SchemaType type) => type switch
    {
        SchemaType.Text or SchemaType.Time => "string",
        SchemaType.Boolean => "boolean",
        SchemaType.Int32 or SchemaType.Int64 => "integer",
        _ => "object",
    };

    private static string? FormatOf(SchemaType type) => type switch
    {
        SchemaType.Int32 => "int32",
        SchemaType.Int64 => "int64",
        SchemaType.Time => "date-time",
        _ => null,
    };

    private static void WriteLimits(SchemaNode node, JsonObject schema)
    {
        Set(schema, "default", node.Default is null ? null : JsonValue.Create(node.Default));
        Set(schema, "enum", node.AllowedValues.Count == 0 ? null : Strings(node.AllowedValues));
        Set(schema, "pattern", node.Pattern);
        Set(schema, "minLength", node.MinLength);
        Set(schema, "maxLength", node.MaxLength);
        Set(schema, "minimum", node.Minimum);
        Set(schema, "maximum", node.Maximum);
        Set(schema, node.Type == SchemaType.Map ? "minProperties" : "minItems", node.MinItems);
        Set(schema, node.Type == SchemaType.Map ? "maxProperties" : "maxItems", node.MaxItems);
    }

    private static void WriteProperties(SchemaNode node, JsonObject schema, IReadOnlyCollection<string> requiredKeys)
    {
        var required = node.Properties
            .Where(property => property.Required || requiredKeys.Contains(property.Name))
            .Select(property => property.Name).ToList();
        Set(schema, "required", required.Count == 0 ? null : Strings(required));

        var properties = new JsonObject();
        foreach (var property in node.Properties)
        {
            var written = properties[property.Name] = Write(property.Schema);
            if (requiredKeys.Contains(property.Name))
            {
                written.AsObject().Remove("nullable"); // the key of a list may not be null
            }
        }

        Set(schema, "properties", properties.Count == 0 ? null : properties);
    }

    private static void Set(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(value => JsonValue.Create(value))];
}
