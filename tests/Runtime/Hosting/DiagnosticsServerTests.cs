using System.Net;
using System.Net.Sockets;
using System.Text;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.Hosting;

public sealed class DiagnosticsServerTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly MetricFactory _metrics = new();
    private readonly HttpClient _http = new();
    private HealthChecks _health = null!;
    private DiagnosticsServer _server = null!;
    private IPEndPoint _endpoint = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _health = new HealthChecks(_time, []);
        _server = new DiagnosticsServer(
            new DiagnosticsOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) }, _metrics, _health, TimeProvider.System, NullLogger<DiagnosticsServer>.Instance);
        await _server.StartAsync(Cancellation);
        _endpoint = await _server.Listening;
        _http.BaseAddress = new Uri($"http://{_endpoint}");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        _server.Dispose();
        _http.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Serves_metrics_of_the_process()
    {
        var answer = await _http.GetAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Matches("(?m)^process_resident_memory_bytes [1-9][0-9]{6,}$", text);
        Assert.Matches("(?m)^process_start_time_seconds [1-9]", text);
        Assert.Matches("(?m)^dotnet_gc_heap_bytes [1-9]", text);
    }

    [Fact]
    public async Task Serves_what_is_gathered_for_the_scrape()
    {
        var fetched = 0;
        _metrics.CreateGaugeCallback("fetched", "Fetched.", () => [new(fetched)]);
        _metrics.AddBeforeCollectCallback(_ =>
        {
            fetched = 7;
            return Task.CompletedTask;
        });

        Assert.Contains("\nfetched 7\n", (await GetAsync("/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_HEAD_without_a_body()
    {
        using var head = new HttpRequestMessage(HttpMethod.Head, new Uri("/metrics", UriKind.Relative));
        using var answer = await _http.SendAsync(head, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Content.Headers.ContentLength > 100);
        Assert.Equal("", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Is_healthy_until_a_watchdog_goes_without_a_beat()
    {
        var watchdog = _health.AddWatchdog("loop", TimeSpan.FromSeconds(30));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/healthz"));

        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "loop: no sign of life for 31 s\n"), await GetAsync("/healthz"));

        watchdog.Beat();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/healthz"));
    }

    [Fact]
    public async Task Is_ready_when_every_check_says_so()
    {
        string? missing = "not synced";
        _health.AddReadiness("informer widgets", () => missing);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "informer widgets: not synced\n"), await GetAsync("/readyz"));

        missing = null;
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/readyz?verbose"));
    }

    [Fact]
    public async Task Serves_nothing_else()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/")).Code);
        using var post = await _http.PostAsync(new Uri("/metrics", UriKind.Relative), new StringContent("x"), Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task Survives_callers_that_send_rubbish_or_nothing()
    {
        using var silent = new TcpClient();
        await silent.ConnectAsync(_endpoint, Cancellation);
        using var rubbish = new TcpClient();
        await rubbish.ConnectAsync(_endpoint, Cancellation);
        await rubbish.GetStream().WriteAsync(Encoding.ASCII.GetBytes(new string('x', 20_000)), Cancellation);

        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/healthz")).Code);
    }

    [Fact]
    public async Task Reads_a_request_that_comes_in_pieces()
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(_endpoint, Cancellation);
        connection.NoDelay = true;
        foreach (var piece in (string[])["GET /hea", "lthz HTTP/1.1\r\nHost: x\r", "\n\r\n"])
        {
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(piece), Cancellation);
        }

        using var reader = new StreamReader(connection.GetStream());
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(Cancellation));
    }

    private async Task<(HttpStatusCode Code, string Text)> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
