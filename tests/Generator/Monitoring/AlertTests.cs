using YamlDotNet.RepresentationModel;

namespace Berth.Generator.Tests.Monitoring;

public sealed class AlertTests
{
    private const string Rules = "charts/berth/files/alerts.yaml";
    private const string Runbook = "docs/guide/troubleshooting.md";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_the_rules()
    {
        var (status, said) = await Promtool.RunAsync(["check", "rules", Checkout.PathOf(Rules)], Token);
        Assert.True(status == 0, said);
        Assert.Contains($"SUCCESS: {Alerts().Count} rules found", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_alert_fires_when_it_should_and_only_then()
    {
        var (status, said) = await Promtool.RunAsync(["test", "rules", Checkout.PathOf("tests/Generator/Monitoring/alerts_test.yaml")], Token);
        Assert.True(status == 0, said);
        Assert.Contains("SUCCESS", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_alert_is_tested_firing_and_not_firing()
    {
        var tests = Checkout.Text("tests/Generator/Monitoring/alerts_test.yaml");
        Assert.All(Alerts(), alert =>
        {
            Assert.Contains($"- name: {alert.Name} fires\n", tests, StringComparison.Ordinal);
            Assert.Contains($"- name: {alert.Name} does not fire\n", tests, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Each_alert_says_what_it_means_and_where_to_read_on()
    {
        var headings = Checkout.Text(Runbook).Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]).ToList();
        Assert.All(Alerts(), alert =>
        {
            Assert.True(alert.Severity is "critical" or "warning", alert.Name);
            Assert.NotEqual("", alert.Annotation("summary"));
            Assert.NotEqual("", alert.Annotation("description"));
            Assert.Equal($"{Runbook}#{alert.Name.ToLowerInvariant()}", alert.Annotation("runbook_url"));
        });
        Assert.Equal(Alerts().Select(alert => alert.Name), headings);
    }

    [Fact]
    public void Each_alert_asks_for_metrics_that_there_are() =>
        Assert.All(Alerts(), alert => Assert.Empty(MetricNames.UnknownIn(alert.Expression)));

    private static List<Alert> Alerts()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Checkout.Text(Rules)));
        var groups = (YamlSequenceNode)stream.Documents[0].RootNode["groups"];
        return [.. groups.SelectMany(group => (YamlSequenceNode)group["rules"]).Select(rule => new Alert((YamlMappingNode)rule))];
    }

    private sealed class Alert(YamlMappingNode rule)
    {
        public string Name => $"{rule["alert"]}";

        public string Expression => $"{rule["expr"]}";

        public string Severity => $"{rule["labels"]["severity"]}";

        public string Annotation(string name) => $"{rule["annotations"][name]}";
    }
}
