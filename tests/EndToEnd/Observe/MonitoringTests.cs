using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>What Prometheus and Grafana see of a stack.</summary>
public sealed class MonitoringTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_what_operator_and_agents_say()
    {
        using var http = new HttpClient();
        foreach (var url in (string[])[Stack.OperatorUrl, .. Stack.Nodes.Select(Stack.AgentUrl)])
        {
            var text = await http.GetStringAsync(new Uri($"{url}/metrics"), Cancellation);
            Assert.Equal("", await Promtool.CheckMetricsAsync(text, Cancellation));
        }
    }

    [Fact]
    public async Task Each_query_of_each_dashboard_has_data_and_each_alert_can_be_evaluated()
    {
        await ApplyAsync(Manifests.DiskMachine("seen", Stack.Images.Idle, "interfaces: [{name: lan, network: default}]"));
        var machine = await Machine("seen").BecomesReadyAsync("Running", Cancellation);
        await using var prometheus = await Prometheus.StartAsync(Stack, Cancellation);
        var queries = DashboardQueries.Read(Namespace, "seen", machine.Text("status.nodeName")!)
            .Where(query => !DashboardQueries.OfGuestsWithDriver.Any(name => query.Query.StartsWith(name, StringComparison.Ordinal))).ToList();
        Assert.True(queries.Count > 60, $"{queries.Count} queries");

        // Rates need two scrapes, and agents in guests are looked at every 30 s.
        await Eventually.SeesAsync(
            "every query to have data",
            token => EmptyAsync(prometheus, queries, token),
            empty => empty.Count == 0,
            Eventually.Soon,
            Cancellation,
            empty => string.Join('\n', empty));
        var rules = await prometheus.RulesAsync(Cancellation);
        Assert.True(rules.Count >= 20, string.Join('\n', rules));
        Assert.All(rules, rule => Assert.EndsWith(" ok", rule, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_VM_has_its_figures_by_the_names_of_its_spec()
    {
        await ApplyAsync(Manifests.DiskMachine("named", Stack.Images.Idle, "interfaces: [{name: lan, network: default}]"));
        var machine = await Machine("named").BecomesReadyAsync("Running", Cancellation);
        using var http = new HttpClient();
        var url = Stack.AgentUrl(Machine("named").NodeOf(machine));
        var labels = (string[])[$"namespace=\"{Namespace}\"", "name=\"named\""];
        var scrape = await Eventually.SeesAsync(
            "the figures of the VM",
            token => Scrape.OfAsync(http, url, token),
            seen => seen.Sum("berth_virtual_machine_disk_reads_completed_total", [.. labels, "disk=\"root\""]) > 0,
            Eventually.Soon,
            Cancellation,
            seen => seen.Show("berth_virtual_machine_disk"));

        Assert.Equal(1, scrape.Sum("berth_virtual_machine_state", [.. labels, "state=\"running\""]));
        Assert.Equal(1, scrape.Sum("berth_virtual_machine_ready", labels));
        Assert.True(scrape.Sum("berth_virtual_machine_cpu_seconds_total", labels) > 0);
        Assert.Equal(64 << 20, scrape.Sum("berth_virtual_machine_memory_bytes", labels));
        Assert.Contains("interface=\"lan\"", scrape.Show("berth_virtual_machine_network_receive_bytes_total"), StringComparison.Ordinal);
        Assert.Equal(1, scrape.Sum("berth_domain_statistics_scrape_success"));
    }

    private static async Task<IReadOnlyList<string>> EmptyAsync(Prometheus prometheus, IReadOnlyList<(string Panel, string Query)> queries, CancellationToken cancellationToken)
    {
        var empty = new List<string>();
        foreach (var (panel, query) in queries)
        {
            JsonArray series = await prometheus.QueryAsync(query, cancellationToken);
            if (series.Count == 0)
            {
                empty.Add($"{panel}: {query}");
            }
        }

        return empty;
    }
}
