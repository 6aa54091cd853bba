using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <summary>Label and field selectors, as in the query of a list or a watch.</summary>
internal sealed class Selector
{
    private readonly List<Func<JsonObject, bool>> _requirements = [];

    public Selector(string? labels, string? fields)
    {
        foreach (var term in SplitTerms(labels))
        {
            _requirements.Add(ParseLabelTerm(term));
        }

        foreach (var term in SplitTerms(fields))
        {
            var (path, value, equal) = ParseEquality(term);
            var names = path.Split('.');
            _requirements.Add(item => (FieldText(item, names) == value) == equal);
        }
    }

    public bool Matches(JsonObject item) => _requirements.TrueForAll(requirement => requirement(item));

    private static Func<JsonObject, bool> ParseLabelTerm(string term)
    {
        if (term.Contains('=', StringComparison.Ordinal))
        {
            var (key, value, equal) = ParseEquality(term);
            return item => (Label(item, key) == value) == equal;
        }

        var words = term.Split([' ', '(', ')', ','], StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            [var key, "in", .. var values] => item => Label(item, key) is { } value && values.Contains(value),
            [var key, "notin", .. var values] => item => Label(item, key) is not { } value || !values.Contains(value),
            [var key] when key[0] == '!' => item => Label(item, key[1..]) is null,
            [var key] => item => Label(item, key) is not null,
            _ => throw ApiFailure.BadRequest($"unable to parse requirement: {term}"),
        };
    }

    private static (string Key, string Value, bool Equal) ParseEquality(string term)
    {
        var equal = !term.Contains("!=", StringComparison.Ordinal);
        var parts = term.Split(equal ? term.Contains("==", StringComparison.Ordinal) ? "==" : "=" : "!=", 2);
        return parts is [var key, var value] ? (key.Trim(), value.Trim(), equal) : throw ApiFailure.BadRequest($"unable to parse requirement: {term}");
    }

    /// <summary>Splits at commas that stand outside parentheses.</summary>
    private static IEnumerable<string> SplitTerms(string? text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i <= text?.Length; i++)
        {
            depth += i < text.Length ? text[i] switch { '(' => 1, ')' => -1, _ => 0 } : 0;
            if ((i == text.Length || text[i] == ',') && depth == 0)
            {
                if (text[start..i].Trim() is { Length: > 0 } term)
                {
                    yield return term;
                }

                start = i + 1;
            }
        }
    }

    private static string? Label(JsonObject item, string key) => (string?)item["metadata"]?["labels"]?[key];

    private static string FieldText(JsonObject item, string[] names)
    {
        JsonNode? node = item;
        foreach (var name in names)
        {
            node = (node as JsonObject)?[name];
        }

        return node?.ToString() ?? "";
    }
}
