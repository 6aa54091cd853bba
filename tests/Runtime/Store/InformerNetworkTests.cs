using System.Net;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Berth.Testing.Network;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.Store;

/// <summary>A store whose network loses packets: TLS and HTTP/2 over connections that are half open.</summary>
public sealed class InformerNetworkTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private TcpProxy _proxy = null!;
    private KubernetesClient _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartFakeAsync(new FakeApiServerOptions { UseTls = true });
        _server.Fake!.Seed(_server.NewWidget("a"));
        _proxy = new TcpProxy(AddressOf(_server.Fake));
        _client = new KubernetesClient(
            _server.Configuration with { Server = new Uri($"https://{_proxy.EndPoint}") },
            new KubernetesClientOptions
            {
                TypeInfoResolvers = { WidgetJsonContext.Default },
                RequestTimeout = TimeSpan.FromSeconds(3),
                KeepAlivePingDelay = TimeSpan.FromSeconds(1),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(1),
            },
            _server.Metrics,
            TimeProvider.System,
            NullLogger<KubernetesClient>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task Finds_out_that_its_watch_is_half_open_and_misses_nothing()
    {
        var store = await WatchingAsync();
        _proxy.StallOpenConnections();
        _server.Fake!.Delete<Widget>("a", _server.Namespace);
        _server.Fake.Seed(_server.NewWidget("b"));

        await Eventually.TrueAsync(() => store.List() is [var only] && only.Name() == "b", Cancellation);
        Assert.True(_proxy.Connections >= 2);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Keeps_everything_while_packets_are_dropped_and_goes_on_when_they_pass(bool toServer, bool toClient)
    {
        var store = await WatchingAsync();
        var connections = _proxy.Connections;
        _proxy.Stall(toServer, toClient);
        _server.Fake!.Seed(_server.NewWidget("b"));

        // Until the client has given its connection up and tried others.
        await Eventually.TrueAsync(() => _proxy.Connections > connections, Cancellation, TimeSpan.FromSeconds(60));
        Assert.NotNull(store.Get(new ObjectKey(_server.Namespace, "a")));

        _proxy.Resume();
        await Eventually.TrueAsync(() => store.Count == 2, Cancellation, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Says_nothing_to_a_stranger_in_the_servers_place_and_goes_on_when_that_is_back()
    {
        await using var stranger = await FakeApiServer.StartAsync(new FakeApiServerOptions { UseTls = true });
        var store = await WatchingAsync();

        _proxy.Target = AddressOf(stranger);
        _proxy.Cut();
        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync<Widget>("a", _server.Namespace, Cancellation));
        Assert.True(failure.IsUnreachable);
        Assert.Empty(stranger.Requests);
        Assert.Equal(1, store.Count);

        _proxy.Target = AddressOf(_server.Fake!);
        _server.Fake!.Seed(_server.NewWidget("b"));
        await Eventually.TrueAsync(() => store.Count == 2, Cancellation, TimeSpan.FromSeconds(60));
    }

    private async Task<Informer<Widget>> WatchingAsync()
    {
        var store = await _server.StartInformerAsync(new InformerOptions<Widget>(), _client);
        await store.WaitForSyncAsync(Cancellation);
        await Eventually.TrueAsync(() => _server.Fake!.Requests.Any(request => request.IsWatch), Cancellation);
        return store;
    }

    private static IPEndPoint AddressOf(FakeApiServer fake) => new(IPAddress.Parse(fake.Configuration.Server.Host), fake.Configuration.Server.Port);
}
