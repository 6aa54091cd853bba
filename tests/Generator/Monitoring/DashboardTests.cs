using System.Text.Json.Nodes;

namespace Berth.Generator.Tests.Monitoring;

public sealed class DashboardTests
{
    public static readonly TheoryData<string> Files =
        [.. Directory.GetFiles(Checkout.PathOf("charts/berth/files/dashboards"), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_is_one_for_all_for_a_node_and_for_a_VM() =>
        Assert.Equal(["node.json", "overview.json", "virtual-machine.json"], Files.Select(file => file.Data));

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_panel_asks_for_metrics_that_there_are(string file)
    {
        var queries = Panels(file).SelectMany(panel => Array(panel["targets"])).Select(target => $"{target["expr"]}").ToList();
        Assert.True(queries.Count > 5);
        Assert.All(queries, query => Assert.Empty(MetricNames.UnknownIn(query)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_panel_has_a_title_a_query_a_unit_and_a_place_of_its_own(string file)
    {
        var panels = Panels(file).ToList();
        Assert.All(panels, panel =>
        {
            Assert.False(string.IsNullOrEmpty($"{panel["title"]}"));
            Assert.NotEmpty(Array(panel["targets"]));
            Assert.False(string.IsNullOrEmpty($"{panel["fieldConfig"]!["defaults"]!["unit"]}"));
        });
        Assert.Equal(panels.Count, panels.Select(panel => $"{panel["id"]}").Distinct().Count());
        Assert.Equal(panels.Count, panels.Select(panel => panel["gridPos"]!.ToJsonString()).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Variables_ask_for_metrics_that_there_are_and_each_that_is_used_is_there(string file)
    {
        var dashboard = Read(file);
        var variables = Array(dashboard["templating"]!["list"]).ToDictionary(variable => $"{variable["name"]}");
        foreach (var variable in variables.Values.Where(variable => $"{variable["type"]}" == "query"))
        {
            var asked = $"{variable["query"]!["query"]}";
            Assert.StartsWith("label_values(", asked, StringComparison.Ordinal);
            Assert.Empty(MetricNames.UnknownIn(asked["label_values(".Length..asked.LastIndexOf(',')]));
        }

        var used = System.Text.RegularExpressions.Regex.Matches(dashboard.ToJsonString(), @"\$\{?([a-z]+)\}?").Select(match => match.Groups[1].Value).Distinct();
        Assert.Empty(used.Except(variables.Keys));
    }

    [Fact]
    public void Names_of_metrics_are_told_from_functions_and_labels() => Assert.Equal(
        ["a_total", "b_bucket", "c_bytes"],
        MetricNames.In("""sum by (node, le) (rate(a_total{name=~"$name", x!="y_z"}[5m])) / on(node) group_left (q_r) histogram_quantile(0.9, b_bucket) > 2 and c_bytes offset 5m"""));

    private static IEnumerable<JsonNode> Panels(string file) => Array(Read(file)["panels"]).Where(panel => $"{panel["type"]}" != "row");

    private static JsonNode Read(string file) => JsonNode.Parse(Checkout.Text($"charts/berth/files/dashboards/{file}"))!;

    private static IEnumerable<JsonNode> Array(JsonNode? node) => node!.AsArray().Select(item => item!);
}
