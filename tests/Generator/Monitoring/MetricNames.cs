using System.Text.RegularExpressions;

namespace Berth.Generator.Tests.Monitoring;

/// <summary>Which names in a query are metrics, and which of them Berth has.</summary>
internal static partial class MetricNames
{
    // Made by Prometheus for each target.
    private static readonly HashSet<string> OfPrometheus = ["up"];

    private static readonly HashSet<string> Known = new(ToldNames(Checkout.Text("docs/metrics.md")).Concat(OfPrometheus), StringComparer.Ordinal);

    /// <summary>Names in backticks on the page of metrics.</summary>
    public static IEnumerable<string> ToldNames(string page) => Told().Matches(page).Select(match => match.Groups[1].Value);

    /// <summary>The metrics of a query, as they are named there.</summary>
    public static IReadOnlyList<string> In(string query)
    {
        // Strings, selectors, durations and the labels of by, on and their like name no metric; what stands before a parenthesis is a function.
        var bare = Labels().Replace(Durations().Replace(Selectors().Replace(Strings().Replace(query, ""), ""), ""), " ");
        return [.. Words().Matches(bare).Select(match => match.Value).Distinct()];
    }

    /// <summary>The metrics of a query that Berth does not have.</summary>
    public static IReadOnlyList<string> UnknownIn(string query)
    {
        var names = In(query);
        Assert.NotEmpty(names);
        return [.. names.Where(name => !Known.Contains(name) && !Known.Contains(Parts().Replace(name, "")))];
    }

    // Names of metrics have an underscore, which no other code span of the page's tables has.
    [GeneratedRegex("`([a-z]+_[a-z_]+)`")]
    private static partial Regex Told();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Strings();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Selectors();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Durations();

    [GeneratedRegex(@"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Labels();

    [GeneratedRegex(@"\b(?!(?:and|or|unless|bool|offset|by|without|on|ignoring|group_left|group_right)\b)[a-z_][a-z0-9_]*\b(?!\s*\()")]
    private static partial Regex Words();

    // A histogram's parts are named by the histogram.
    [GeneratedRegex("_(?:bucket|sum|count)$")]
    private static partial Regex Parts();
}
