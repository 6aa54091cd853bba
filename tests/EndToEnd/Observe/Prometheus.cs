using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>A Prometheus that scrapes the stack's operator and agents, with the labels and the alerts that docs/guide/monitoring.md tells of.</summary>
internal sealed class Prometheus : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("berth-prometheus-").FullName;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly List<string> _said = [];
    private Process? _process;

    private Prometheus(int port) => _http.BaseAddress = new Uri($"http://127.0.0.1:{port}");

    /// <summary>Starts it and waits until it has scraped all targets.</summary>
    public static async Task<Prometheus> StartAsync(Stack stack, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var prometheus = new Prometheus(port);
        try
        {
            await prometheus.StartAsync(stack, port, cancellationToken);
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    /// <summary>The series that a query gives at this moment.</summary>
    public async Task<JsonArray> QueryAsync(string query, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(new Uri($"/api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), cancellationToken);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
        Assert.True((string?)body["status"] == "success", $"{query}\n{body}");
        return body["data"]!["result"]!.AsArray();
    }

    /// <summary>Names of the alerting rules that it has, each with its health.</summary>
    public async Task<IReadOnlyList<string>> RulesAsync(CancellationToken cancellationToken)
    {
        var body = JsonNode.Parse(await _http.GetStringAsync(new Uri("/api/v1/rules", UriKind.Relative), cancellationToken))!;
        return [.. body["data"]!["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => $"{rule!["name"]} {rule["health"]}")];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            Command.Kill(process);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(Stack stack, int port, CancellationToken cancellationToken)
    {
        var configuration = Path.Combine(_folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, Configuration(stack), cancellationToken);
        _process = Command.Start(
            await StackTool.PathOfAsync("prometheus", cancellationToken),
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(_folder, "data")}",
                string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
            ]);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        var targets = 1 + stack.Nodes.Count;
        await Eventually.SeesAsync("Prometheus to scrape all targets", CountUpAsync, up => up == targets, Eventually.Soon, cancellationToken, up => $"{up} of {targets} are up\n{Said()}");
    }

    private async Task<int> CountUpAsync(CancellationToken cancellationToken)
    {
        Assert.False(_process!.HasExited, Said());
        return await Stack.AnswersAsync(_http, new Uri("/-/ready", UriKind.Relative), cancellationToken) ? (await QueryAsync("up == 1", cancellationToken)).Count : -1;
    }

    private static string Configuration(Stack stack)
    {
        var agents = stack.Nodes.Select(node => $"  - {{targets: [\"{new Uri(stack.AgentUrl(node)).Authority}\"], labels: {{node: {node.Name}}}}}");
        return $"""
                global: {"{"}scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s{"}"}
                rule_files: ["{Checkout.PathOf("charts/berth/files/alerts.yaml")}"]
                scrape_configs:
                - job_name: berth-operator
                  honor_labels: true
                  static_configs:
                  - {"{"}targets: ["{new Uri(stack.OperatorUrl).Authority}"]{"}"}
                - job_name: berth-agent
                  honor_labels: true
                  static_configs:
                {string.Join('\n', agents)}
                """;
    }

    private void Note(string? line)
    {
        lock (_said)
        {
            _said.Add(line ?? "");
        }
    }

    private string Said()
    {
        lock (_said)
        {
            return string.Join('\n', _said.TakeLast(20));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
