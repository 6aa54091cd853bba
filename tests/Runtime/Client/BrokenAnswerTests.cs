using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.Network;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.Client;

/// <summary>Answers that are no answers: a fault, never "there is nothing", and never the end of the process.</summary>
public sealed class BrokenAnswerTests : IDisposable
{
    private readonly MetricFactory _metrics = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _metrics.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"ok\"")]
    [InlineData("<html>Please log in</html>")]
    [InlineData("""{"kind": "Status", "metadata": {}}""")]
    [InlineData("""{"kind": "WidgetList", "items": []}""")]
    [InlineData("""{"kind": "WidgetList", "metadata": {"resourceVersion": "7"}}""")]
    [InlineData("""{"kind": "WidgetList", "metadata": {"resourceVersion": ""}, "items": []}""")]
    [InlineData("""{"kind": "WidgetList", "metadata": {"resourceVersion": "7"}, "items": [""")]
    [InlineData("""{"kind": "WidgetList", "metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "a"}""")]
    public async Task Takes_no_broken_list_for_an_empty_one(string body)
    {
        await using var server = RawServer.WithBody(body);
        using var client = Client(server);

        await Assert.ThrowsAsync<KubernetesException>(() => client.ListAsync<Widget>(new ListOptions(), Cancellation));
    }

    [Fact]
    public async Task Takes_no_list_that_was_cut_off_for_a_whole_one()
    {
        await using var server = RawServer.WithBody("""{"kind": "WidgetList", "metadata": {"resourceVersion": "7"}, "items": []}""", announcedLength: 1000);
        using var client = Client(server);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.ListAsync<Widget>(new ListOptions(), Cancellation));

        Assert.True(failure.IsUnreachable);
    }

    [Theory]
    [InlineData("200 OK", "Timeout")]
    [InlineData("500 Internal Server Error", "InternalServerError")]
    public async Task Waits_for_no_body_longer_than_a_request_may_take(string status, string reason)
    {
        await using var server = RawServer.WithBody("{", announcedLength: 1000, status, staysOpen: true);
        using var client = Client(server, TimeSpan.FromMilliseconds(200));

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<Widget>("a", "default", Cancellation)).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);

        Assert.Equal(reason, failure.Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("""{"type": 5, "object": {}}""")]
    [InlineData("""{"type": "NONSENSE", "object": {}}""")]
    [InlineData("""{"type": "ADDED"}""")]
    [InlineData("""{"type": "ADDED", "object": null}""")]
    [InlineData("""{"type": "ADDED", "object": [1, 2]}""")]
    [InlineData("""{"type": "BOOKMARK", "object": 5}""")]
    [InlineData("""{"type": "ERROR", "object": "all is lost"}""")]
    [InlineData("""{"type": "DELETED", "object": {"metadata": "none"}}""")]
    public async Task Follows_on_after_a_line_of_nonsense(string line)
    {
        // Lists and watches get the same bytes: a list first, the nonsense behind it.
        await using var server = RawServer.WithBody("""
            {"metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "a", "namespace": "default", "uid": "1", "resourceVersion": "3"}, "spec": {}}]}
            """);
        await using var nonsense = RawServer.WithBody(line + "\n");
        await using var proxy = new TcpProxy(EndPointOf(server));
        using var client = Client(new Uri($"http://{proxy.EndPoint}"));
        using var informer = new Informer<Widget>(
            client, new InformerOptions<Widget> { MinBackOff = TimeSpan.FromMilliseconds(10) }, _metrics, TimeProvider.System, NullLogger<Informer<Widget>>.Instance);
        await informer.StartAsync(Cancellation);
        await informer.WaitForSyncAsync(Cancellation);
        proxy.Target = EndPointOf(nonsense);
        proxy.Cut();

        await Eventually.TrueAsync(() => nonsense.Requests >= 3, Cancellation);

        Assert.Equal((1, false), (informer.Count, informer.ExecuteTask!.IsCompleted));
        await informer.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Keeps_the_last_token_while_its_file_is_being_replaced()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var time = new ManualTime();
        using var credentials = new Credentials(new KubernetesClientConfiguration(new Uri("http://127.0.0.1:1")) { TokenFile = file }, time);
        await Assert.ThrowsAsync<KubernetesException>(async () => await credentials.GetTokenAsync(false, Cancellation));
        try
        {
            await File.WriteAllTextAsync(file, "first\n", Cancellation);
            Assert.Equal("first", await credentials.GetTokenAsync(false, Cancellation));
            foreach (var content in (string?[])[null, "", "\n", "two\nlines", "nul\0"])
            {
                File.Delete(file);
                if (content is not null)
                {
                    await File.WriteAllTextAsync(file, content, Cancellation);
                }

                Assert.Equal("first", await credentials.GetTokenAsync(true, Cancellation));
            }

            await File.WriteAllTextAsync(file, "second", Cancellation);
            Assert.Equal("first", await credentials.GetTokenAsync(false, Cancellation));

            // Whatever the clock says.
            time.JumpClock(TimeSpan.FromHours(-5));
            time.Advance(TimeSpan.FromMinutes(1.1));
            Assert.Equal("second", await credentials.GetTokenAsync(false, Cancellation));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static System.Net.IPEndPoint EndPointOf(RawServer server) => new(System.Net.IPAddress.Loopback, server.Address.Port);

    private KubernetesClient Client(RawServer server, TimeSpan? requestTime = null) => Client(server.Address, requestTime);

    private KubernetesClient Client(Uri address, TimeSpan? requestTime = null)
    {
        var options = new KubernetesClientOptions { TypeInfoResolvers = { WidgetJsonContext.Default }, RequestTimeout = requestTime ?? TimeSpan.FromSeconds(20) };
        return new KubernetesClient(new KubernetesClientConfiguration(address), options, _metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
    }
}
