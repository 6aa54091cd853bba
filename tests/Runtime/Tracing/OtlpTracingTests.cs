using System.Net;
using System.Net.Sockets;
using System.Text;
using Berth.Kubernetes;
using Berth.Runtime.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Berth.Runtime.Tests.Tracing;

public sealed class OtlpTracingTests
{
    [Fact]
    public async Task Spans_come_to_the_collector_with_the_trace_of_the_generation()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var collector = new HttpListener();
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        collector.Prefixes.Add(address.ToString());
        collector.Start();
        var received = ReceiveAsync(collector);
        await using var services = new ServiceCollection().AddOtlpTracing(address, "berth-test", "node-1").BuildServiceProvider();
        var exporter = services.GetServices<IHostedService>().Single();
        await exporter.StartAsync(cancellationToken);
        var trace = GenerationTrace.Of("uid-1", 2);
        RuntimeActivity.Start("reconcile", trace).About("widget", new ObjectKey("shop", "web"))!.Dispose();
        await exporter.StopAsync(cancellationToken);

        var (path, body) = await received.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        Assert.Equal("/v1/traces", path);
        Assert.True(body.AsSpan().IndexOf(Convert.FromHexString(trace.TraceId.ToHexString())) >= 0, "the trace's id is not in what was sent");
        foreach (var text in (string[])["berth-test", "node-1", "reconcile", "shop", "web"])
        {
            Assert.True(body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0, text);
        }
    }

    [Fact]
    public void Without_a_collector_nothing_is_sent() =>
        Assert.Empty(new ServiceCollection().AddOtlpTracing(null, "berth-test", "node-1"));

    [Theory]
    [InlineData("http://collector:4318", true)]
    [InlineData("https://collector/otlp", true)]
    [InlineData("collector:4318", false)]
    [InlineData("grpc://collector:4317", false)]
    public void A_collector_is_a_web_address(string text, bool good) => Assert.Equal(good, OtlpTracing.CollectorOf(text) is not null);

    private static async Task<(string Path, byte[] Body)> ReceiveAsync(HttpListener collector)
    {
        var context = await collector.GetContextAsync();
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        context.Response.StatusCode = 200;
        context.Response.Close();
        return (context.Request.Url!.AbsolutePath, body.ToArray());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
