using System.Globalization;
using System.Text;
using Berth.Kubernetes;

namespace Berth.Generator;

/// <summary>Writes a kind's fields as Markdown tables: one row for each field of spec and status.</summary>
internal static class FieldTable
{
    public static string Write(EntitySchema entity)
    {
        var text = new StringBuilder();
        foreach (var part in entity.Root.Properties.Where(property => property.Name is "spec" or "status"))
        {
            text.Append(CultureInfo.InvariantCulture, $"### Fields of {part.Name}\n\n{part.Schema.Description}\n\n");
            text.Append("| Field | Type | Description |\n|---|---|---|\n");
            AppendRows(text, part.Schema, "", []);
            text.Append('\n');
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static void AppendRows(StringBuilder text, SchemaNode node, string prefix, IReadOnlyCollection<string> keys)
    {
        foreach (var (name, schema, required) in node.Properties)
        {
            var path = prefix + name;
            text.Append(CultureInfo.InvariantCulture, $"| `{path}` | {Cell(TypeOf(schema, required || keys.Contains(name)))} | {Cell(schema.Description)} |\n");
            if (Nested(schema) is { } nested)
            {
                AppendRows(text, nested, path + (schema.Type == SchemaType.List ? "[]." : "."), schema.MapKeys);
            }
        }
    }

    // Kubernetes' own types are known from pods; writing them out here would bury Berth's fields.
    private static SchemaNode? Nested(SchemaNode schema) =>
        (schema.Type == SchemaType.Object ? schema : schema.Items) is { Type: SchemaType.Object } candidate && !IsKubernetes(candidate) ? candidate : null;

    private static bool IsKubernetes(SchemaNode schema) => schema.ClrType.Assembly == typeof(Quantity).Assembly;

    private static string TypeOf(SchemaNode schema, bool required)
    {
        var parts = new List<string> { TypeName(schema) };
        if (required)
        {
            parts.Add("required");
        }

        if (schema.Default is { } value)
        {
            parts.Add($"default `{(value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture))}`");
        }

        if (schema.AllowedValues.Count > 0)
        {
            parts.Add("one of " + string.Join(", ", schema.AllowedValues.Select(allowed => $"`{allowed}`")));
        }

        AddBound(parts, schema.Minimum, schema.Maximum, "");
        AddBound(parts, schema.MinLength, schema.MaxLength, " characters");
        AddBound(parts, schema.MinItems, schema.MaxItems, " items");
        return string.Join("; ", parts);
    }

    private static void AddBound(List<string> parts, long? minimum, long? maximum, string unit)
    {
        if (minimum is not null || maximum is not null)
        {
            parts.Add(maximum is null ? $"at least {minimum}{unit}" : minimum is null ? $"at most {maximum}{unit}" : $"{minimum} to {maximum}{unit}");
        }
    }

    private static string TypeName(SchemaNode schema) => schema.Type switch
    {
        SchemaType.List => $"list of {(IsKubernetes(schema.Items!) || schema.Items!.Type != SchemaType.Object ? ItemName(schema.Items!) : "objects")}{(schema.MapKeys.Count > 0 ? " by " + string.Join(" and ", schema.MapKeys) : "")}",
        SchemaType.Map => $"map of {ItemName(schema.Items!)}",
        SchemaType.Text => "string",
        SchemaType.Boolean => "boolean",
        SchemaType.Int32 or SchemaType.Int64 => "integer",
        SchemaType.Quantity => "quantity",
        SchemaType.Time => "time",
        SchemaType.Any => "object",
        _ => ItemName(schema),
    };

    private static string ItemName(SchemaNode schema) =>
        schema.Type != SchemaType.Object ? TypeName(schema) + "s"
        : !IsKubernetes(schema) ? "object"
        : schema.ClrType.Name.StartsWith("V1", StringComparison.Ordinal) ? schema.ClrType.Name[2..]
        : schema.ClrType.Name;

    private static string Cell(string text) => text
        .Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);
}
