using System.Text.RegularExpressions;
using Berth.Generator.Tests.Monitoring;

namespace Berth.Generator.Tests;

public sealed partial class MetricsPageTests
{
    private static readonly string[] Sources = [.. new[] { "operator", "node-agent" }
        .SelectMany(top => Directory.GetFiles(Checkout.PathOf(top), "*.cs", SearchOption.AllDirectories))
        .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))];

    [Fact]
    public void Every_metric_has_its_line_and_every_line_its_metric()
    {
        var made = Sources.SelectMany(path => Made().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        var told = MetricNames.ToldNames(Checkout.Text("docs/metrics.md")).ToHashSet(StringComparer.Ordinal);

        Assert.True(made.Count > 20, string.Join(' ', made));
        Assert.Empty(made.Except(told));
        Assert.Empty(told.Except(made));
    }

    // As instruments are made, also by the shorthands of those that make many.
    [GeneratedRegex("""(?:Counter|Gauge|Histogram)(?:Callback)?\((?:metrics, )?\s*"([a-z]+_[a-z_]+)""", RegexOptions.Singleline)]
    private static partial Regex Made();
}
