using System.Net;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.LeaderElection;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Berth.Testing.Network;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.LeaderElection;

/// <summary>What leaves a process that no longer leads: nothing, wherever in the middle of a write it was stopped.</summary>
public sealed class WriteFenceTests : IAsyncLifetime
{
    private static readonly TimeSpan Term = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly WriteFence _fence;
    private TestServer _server = null!;
    private FakeApiServer _fake = null!;
    private TcpProxy _proxy = null!;
    private KubernetesClient _client = null!;

    public WriteFenceTests() => _fence = new WriteFence(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartFakeAsync(new FakeApiServerOptions { UseTls = true });
        _fake = _server.Fake!;
        var address = _fake.Configuration.Server;
        _proxy = new TcpProxy(new IPEndPoint(IPAddress.Parse(address.Host), address.Port));
        _client = FencedClient(_fence, _fake.Configuration with { Server = new Uri($"https://{_proxy.EndPoint}") });
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Lets_writes_through_for_as_long_as_the_last_renewal_holds()
    {
        await RefusedAsync(_client.CreateAsync(_server.NewWidget("before"), Cancellation));
        _fence.Open(_time.GetTimestamp(), Term);
        await _client.CreateAsync(_server.NewWidget("a"), Cancellation);
        _time.Advance(Term - TimeSpan.FromSeconds(1));
        await _client.CreateAsync(_server.NewWidget("b"), Cancellation);
        _fence.Open(_time.GetTimestamp(), Term);
        _time.Advance(Term - TimeSpan.FromSeconds(1));
        await _client.CreateAsync(_server.NewWidget("c"), Cancellation);

        // Nobody has closed it: as after a stop, when no timer has fired yet.
        _time.Advance(TimeSpan.FromHours(1));
        await RefusedAsync(_client.CreateAsync(_server.NewWidget("d"), Cancellation));
        await RefusedAsync(_client.MergePatchAsync<Widget>("a", _server.Namespace, [], null, Cancellation));
        await RefusedAsync(_client.DeleteAsync<Widget>("a", _server.Namespace, null, Cancellation));
        await RefusedAsync(_client.RequestAsync(new RawRequest(HttpMethod.Post, "/api/v1/namespaces/default/pods/a/eviction"), Cancellation));

        Assert.Equal(["a", "b", "c"], _fake.List<Widget>().Select(widget => widget.Name()).Order());
        Assert.Equal(3, _fake.Writes.Count);
        Assert.NotNull(await _client.GetAsync<Widget>("a", _server.Namespace, Cancellation));
    }

    [Fact]
    public async Task Holds_a_write_back_that_waited_for_its_connection_beyond_the_term()
    {
        _fence.Open(_time.GetTimestamp(), Term);
        _proxy.Stall();
        var write = _client.CreateAsync(_server.NewWidget("late"), Cancellation);
        await Eventually.TrueAsync(() => _proxy.Connections == 1, Cancellation);

        // Past every check above the connection, in the middle of the handshake.
        _time.Advance(Term);
        _proxy.Resume();

        await RefusedAsync(write);
        Assert.Empty(_fake.Writes);
    }

    [Fact]
    public async Task Sends_nothing_more_of_a_write_whose_term_ends_in_the_middle()
    {
        _fence.Open(_time.GetTimestamp(), Term);
        await _client.CreateAsync(_server.NewWidget("first"), Cancellation);

        // More than the server's window and the sockets take at once, so that its end has to wait.
        var large = _server.NewWidget("large");
        large.Metadata.Annotations = new Dictionary<string, string> { ["text"] = new string('x', 16 << 20) };
        var before = _proxy.BytesFromClients;
        _proxy.Stall();
        var write = _client.CreateAsync(large, Cancellation);
        await Eventually.TrueAsync(() => _proxy.BytesFromClients > before, Cancellation);
        _time.Advance(Term);
        _proxy.Resume();

        await RefusedAsync(write);
        Assert.Equal(["first"], _fake.List<Widget>().Select(widget => widget.Name()));
    }

    [Fact]
    public async Task Resets_what_is_on_its_way_when_it_closes_and_writes_again_on_new_connections()
    {
        _fence.Open(_time.GetTimestamp(), Term);
        await _client.CreateAsync(_server.NewWidget("first"), Cancellation);
        _fake.Faults.Delay(request => request.IsWrite, TimeSpan.FromMinutes(10));
        var write = _client.CreateAsync(_server.NewWidget("hanging"), Cancellation);
        await Eventually.TrueAsync(() => _fake.Writes.Count == 2, Cancellation);

        _fence.Close();
        await RefusedAsync(write.WaitAsync(TimeSpan.FromMinutes(1), Cancellation));

        _fake.Faults.Clear();
        _fence.Open(_time.GetTimestamp(), Term);
        await _client.CreateAsync(_server.NewWidget("next"), Cancellation);
        Assert.Equal(["first", "next"], _fake.List<Widget>().Select(widget => widget.Name()).Order());
    }

    [Fact]
    public async Task Refuses_a_stopped_leaders_writes_before_its_elector_knows()
    {
        // Real timers over a clock that can be pushed: what a process sees that was stopped for a minute.
        var time = new PushedTime();
        var fence = new WriteFence(time);
        using var client = FencedClient(fence, _fake.Configuration);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var elector = new LeaderElector(
            _server.Client, new LeaderElectionOptions("berth-system", "leader"), fence, _server.Metrics, time, NullLogger<LeaderElector>.Instance);
        var isLeading = false;
        var running = elector.RunAsync(
            async token =>
            {
                isLeading = true;
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            },
            stop.Token);
        await Eventually.TrueAsync(() => Volatile.Read(ref isLeading), Cancellation);
        await client.CreateAsync(_server.NewWidget("while-leading"), Cancellation);

        time.Push(TimeSpan.FromMinutes(1));

        Assert.True(elector.IsLeader);
        await RefusedAsync(client.CreateAsync(_server.NewWidget("after-the-stop"), Cancellation));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Single(_fake.Writes, request => request.Resource == "widgets");
    }

    private KubernetesClient FencedClient(WriteFence fence, KubernetesClientConfiguration configuration)
    {
        var options = new KubernetesClientOptions { TypeInfoResolvers = { WidgetJsonContext.Default }, RequestTimeout = TimeSpan.FromMinutes(10) };
        return new KubernetesClient(configuration, options, _server.Metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance, fence);
    }

    private static async Task RefusedAsync(Task write)
    {
        var failure = await Assert.ThrowsAsync<KubernetesException>(() => write);
        Assert.Equal(KubernetesReasons.NotLeading, failure.Reason);
    }

    private sealed class PushedTime : TimeProvider
    {
        private long _pushed;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _pushed);

        public void Push(TimeSpan time) => Interlocked.Add(ref _pushed, (long)(time.TotalSeconds * TimestampFrequency));
    }
}
