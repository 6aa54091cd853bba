using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Berth.Kubernetes;

namespace Berth.Generator;

/// <summary>Writes a kind as a CustomResourceDefinition that Kubernetes 1.20 and later take.</summary>
internal static class CustomResourceDefinition
{
    public static JsonObject Write(EntitySchema entity) => new()
    {
        ["apiVersion"] = "apiextensions.k8s.io/v1",
        ["kind"] = "CustomResourceDefinition",
        ["metadata"] = new JsonObject { ["name"] = NameOf(entity) },
        ["spec"] = new JsonObject
        {
            ["group"] = entity.Entity.Group,
            ["names"] = Names(entity),
            ["scope"] = entity.Scope.ToString(),
            ["versions"] = new JsonArray(Version(entity)),
        },
    };

    public static string NameOf(EntitySchema entity) => $"{entity.Entity.PluralName}.{entity.Entity.Group}";

    // In lower case, as it stands on the command line and in file names; not for comparing, which CA1308 is about.
    [SuppressMessage("Globalization", "CA1308", Justification = "The singular of a kind is lower-case by Kubernetes' rules.")]
    public static string SingularOf(EntitySchema entity) => entity.Entity.Kind.ToLowerInvariant();

    private static JsonObject Names(EntitySchema entity)
    {
        var kind = entity.Entity.Kind;
        return new JsonObject
        {
            ["kind"] = kind,
            ["listKind"] = kind + "List",
            ["plural"] = entity.Entity.PluralName,
            ["singular"] = SingularOf(entity),
            ["shortNames"] = Strings(entity.ShortNames),
            ["categories"] = Strings(entity.Categories),
        };
    }

    private static JsonObject Version(EntitySchema entity) => new()
    {
        ["name"] = entity.Entity.ApiVersion,
        ["served"] = true,
        ["storage"] = true,
        ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
        ["additionalPrinterColumns"] = new JsonArray([.. entity.Columns.Select(Column)]),
        ["schema"] = new JsonObject { ["openAPIV3Schema"] = Schema(entity) },
    };

    private static JsonObject Column(PrinterColumnAttribute column)
    {
        var written = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Description is { } description)
        {
            written["description"] = description;
        }

        if (column.Wide)
        {
            written["priority"] = 1;
        }

        return written;
    }

    private static JsonObject Schema(EntitySchema entity)
    {
        var schema = OpenApiSchema.Write(entity.Root);
        var properties = schema["properties"]!.AsObject();
        properties["apiVersion"]!.AsObject().Remove("nullable");
        properties["kind"]!.AsObject().Remove("nullable");
        properties["metadata"] = Metadata(entity.Name);

        // An object that nobody has looked at yet is InProgress for kstatus, not Current.
        properties["status"]!.AsObject()["default"] = new JsonObject { ["observedGeneration"] = -1 };
        return schema;
    }

    // The API server takes nothing here but the bounds of a name: not even a description.
    private static JsonObject Metadata(EntityNameAttribute? bounds)
    {
        var metadata = new JsonObject { ["type"] = "object" };
        if (bounds is not null)
        {
            var name = new JsonObject { ["type"] = "string", ["maxLength"] = bounds.MaxLength };
            if (bounds.Pattern is { } pattern)
            {
                name["pattern"] = pattern;
            }

            metadata["properties"] = new JsonObject { ["name"] = name };
        }

        return metadata;
    }

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(value => JsonValue.Create(value))];
}
