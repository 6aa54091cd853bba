using System.Text.RegularExpressions;

namespace Berth.Generator;

/// <summary>What a schema must keep to, so that Kubernetes 1.20 and later take it and GitOps tools see no drift.</summary>
internal static class SchemaRules
{
    private static readonly IReadOnlyList<Func<SchemaNode, string, bool, string?>> Rules =
    [
        DefaultIsOutsideLists, DefaultIsScalarAndAllowed, MapKeysAreScalarFields, LimitsFitTheType, PatternIsRe2,
        IntegersInSpecsAreBounded, TimesInSpecsHavePattern,
    ];

    /// <summary>Every rule that the kind breaks, naming the field.</summary>
    public static IEnumerable<string> Check(EntitySchema entity) => Walk(entity.Root, entity.Entity.Kind, insideList: false);

    private static IEnumerable<string> Walk(SchemaNode node, string path, bool insideList)
    {
        foreach (var rule in Rules)
        {
            if (rule(node, path, insideList) is { } problem)
            {
                yield return $"{path}: {problem}";
            }
        }

        var children = node.Properties.Select(property => (Schema: property.Schema, Path: $"{path}.{property.Name}", InList: insideList));
        if (node.Items is { } items)
        {
            children = children.Append((items, path + "[]", true));
        }

        foreach (var problem in children.SelectMany(child => Walk(child.Schema, child.Path, child.InList)))
        {
            yield return problem;
        }
    }

    private static string? DefaultIsOutsideLists(SchemaNode node, string path, bool insideList) =>
        node.Default is not null && insideList ? "a default inside a list makes GitOps tools see drift for ever; apply it in code." : null;

    private static string? DefaultIsScalarAndAllowed(SchemaNode node, string path, bool insideList) => node.Default switch
    {
        null => null,
        string text when node.Type == SchemaType.Text =>
            node.AllowedValues.Count > 0 && !node.AllowedValues.Contains(text) ? "the default is not one of the allowed values." : null,
        bool when node.Type == SchemaType.Boolean => null,
        int or long when node.IsInteger => Convert.ToInt64(node.Default, null) is var number
            && (number < node.Minimum || number > node.Maximum) ? "the default is out of bounds." : null,
        _ => "the default is not of the field's type; only strings, booleans and integers have defaults.",
    };

    private static string? MapKeysAreScalarFields(SchemaNode node, string path, bool insideList) =>
        node.MapKeys.Count == 0 ? null
        : node.Type != SchemaType.List ? "only lists have map keys."
        : node.MapKeys.FirstOrDefault(key => node.Items!.Properties.All(property => property.Name != key || !property.Schema.IsScalar)) is { } bad
            ? $"the list's key {bad} is no scalar field of its items." : null;

    private static string? LimitsFitTheType(SchemaNode node, string path, bool insideList) =>
        (node.Minimum ?? node.Maximum) is not null && !node.IsInteger ? "only integers have a range."
        : (node.MinLength ?? node.MaxLength) is not null && node.Type != SchemaType.Text ? "only strings have a length."
        : (node.MinItems ?? node.MaxItems) is not null && node.Type is not (SchemaType.List or SchemaType.Map) ? "only lists and maps have a number of items."
        : node.AllowedValues.Count > 0 && node.Type != SchemaType.Text ? "only strings have allowed values."
        : node.Pattern is not null && node.Type is not (SchemaType.Text or SchemaType.Time) ? "only strings have a pattern."
        : null;

    // The non-backtracking engine takes what RE2 takes: no look-around, no back reference.
    private static string? PatternIsRe2(SchemaNode node, string path, bool insideList)
    {
        try
        {
            _ = node.Pattern is { } pattern ? new Regex(pattern, RegexOptions.NonBacktracking) : null;
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"the API server cannot read the pattern: {e.Message}";
        }
    }

    // An object that the server takes and the operator cannot read would hide every other one from it.
    private static string? IntegersInSpecsAreBounded(SchemaNode node, string path, bool insideList) =>
        IsInSpec(path) && node.IsInteger && (node.Minimum is null || node.Maximum is null)
            ? "an integer that users write needs a minimum and a maximum." : null;

    private static string? TimesInSpecsHavePattern(SchemaNode node, string path, bool insideList) =>
        IsInSpec(path) && node.Type == SchemaType.Time && node.Pattern is null
            ? "a time that users write needs a pattern: date-time alone lets through what cannot be read." : null;

    private static bool IsInSpec(string path) => path.Split('.') is [_, "spec", ..];
}
