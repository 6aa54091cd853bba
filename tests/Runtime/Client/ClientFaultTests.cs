using System.Net;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Testing;
using Berth.Testing.ApiServer;

namespace Berth.Runtime.Tests.Client;

/// <summary>What the client makes of a server in trouble.</summary>
public sealed class ClientFaultTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FakeApiServer Fake => _server.Fake!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartFakeAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Waits_and_tries_again_when_it_is_throttled()
    {
        Fake.Faults.Fail(request => request.IsWrite, HttpStatusCode.TooManyRequests, times: 2, retryAfter: TimeSpan.Zero);

        await _server.Client.CreateAsync(_server.NewWidget("a"), Cancellation);

        Assert.Equal(3, Fake.Writes.Count);
    }

    [Fact]
    public async Task Gives_up_waiting_after_a_few_tries()
    {
        Fake.Faults.Fail(_ => true, HttpStatusCode.TooManyRequests, retryAfter: TimeSpan.Zero);
        using var client = _server.CreateClient(options => options.ThrottleRetries = 2);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<Widget>("a", "default", Cancellation));

        Assert.True(failure.IsThrottled);
        Assert.Equal(3, Fake.Requests.Count);
    }

    [Fact]
    public async Task Does_not_wait_longer_than_it_is_allowed_to()
    {
        Fake.Faults.Fail(_ => true, HttpStatusCode.ServiceUnavailable, retryAfter: TimeSpan.FromHours(1));

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _server.Client.GetAsync<Widget>("a", "default", Cancellation));

        Assert.Equal(TimeSpan.FromHours(1), failure.RetryAfter);
        Assert.Single(Fake.Requests);
    }

    [Fact]
    public async Task Takes_a_refused_eviction_for_an_answer()
    {
        Fake.Faults.Fail(_ => true, HttpStatusCode.TooManyRequests, retryAfter: TimeSpan.Zero);
        var eviction = new RawRequest(HttpMethod.Post, "/api/v1/namespaces/default/pods/a/eviction") { Body = new JsonObject(), RetryWhenThrottled = false };

        await Assert.ThrowsAsync<KubernetesException>(() => _server.Client.RequestAsync(eviction, Cancellation));

        Assert.Single(Fake.Requests);
    }

    [Fact]
    public async Task Does_not_repeat_a_write_whose_answer_was_lost()
    {
        Fake.Faults.LoseAnswer(request => request.IsWrite);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => _server.Client.CreateAsync(_server.NewWidget("a"), Cancellation));

        Assert.True(failure.IsUnreachable);
        Assert.Single(Fake.Writes);
        Assert.NotNull(Fake.Find<Widget>("a", _server.Namespace));
    }

    [Fact]
    public async Task Does_not_wait_for_ever_for_an_answer()
    {
        Fake.Faults.Delay(_ => true, TimeSpan.FromMinutes(10));
        using var client = _server.CreateClient(options => options.RequestTimeout = TimeSpan.FromMilliseconds(100));

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<Widget>("a", "default", Cancellation));

        Assert.Equal(KubernetesReasons.Timeout, failure.Reason);
        Assert.True(failure.IsUnreachable);
    }

    [Fact]
    public async Task Reports_a_server_that_is_not_there()
    {
        var configuration = new KubernetesClientConfiguration(new Uri("http://127.0.0.1:1"));
        using var client = new KubernetesClient(
            configuration, new KubernetesClientOptions(), _server.Metrics, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<KubernetesClient>.Instance);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<V1Pod>("a", "default", Cancellation));

        Assert.Equal(KubernetesReasons.Unreachable, failure.Reason);
    }

    [Fact]
    public async Task Lets_cancellation_through_as_what_it_is()
    {
        Fake.Faults.Delay(_ => true, TimeSpan.FromMinutes(10));
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var request = _server.Client.GetAsync<Widget>("a", "default", cancelled.Token);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Says_that_a_watch_is_too_old_however_the_server_says_it(bool byHttpStatus)
    {
        Fake.Faults.ExpireByHttpStatus = byHttpStatus;
        Fake.ExpireHistory();

        var failure = await Assert.ThrowsAsync<KubernetesException>(async () =>
        {
            await foreach (var _ in _server.Client.WatchAsync<Widget>(new WatchOptions { ResourceVersion = "1" }, Cancellation))
            {
            }
        });

        Assert.True(failure.IsExpired);
    }

    [Fact]
    public async Task Says_that_a_page_is_too_old()
    {
        Fake.Seed(_server.NewWidget("a"));
        Fake.Seed(_server.NewWidget("b"));
        var first = await _server.Client.ListAsync<Widget>(new ListOptions { Limit = 1 }, Cancellation);
        Fake.ExpireHistory();

        var failure = await Assert.ThrowsAsync<KubernetesException>(
            () => _server.Client.ListAsync<Widget>(new ListOptions { Limit = 1, Continue = first.Metadata.ContinueProperty }, Cancellation));

        Assert.True(failure.IsExpired);
    }

    [Fact]
    public async Task Lists_what_fits_beside_an_object_that_does_not()
    {
        Fake.Seed(_server.NewWidget("a"));
        Fake.Seed("/apis/test.berth.dev/v1/namespaces/default/widgets/hostile", JsonNode.Parse("""
            {"apiVersion": "test.berth.dev/v1", "kind": "Widget", "metadata": {"name": "hostile", "namespace": "default"}, "spec": {"size": "very", "weight": "12 stone"}}
            """)!.AsObject());

        var list = await _server.Client.ListAsync<Widget>(new ListOptions(), Cancellation);

        Assert.Equal("a", Assert.Single(list.Items).Name());
        Assert.Contains("kubernetes_client_undecodable_objects_total{kind=\"Widget\"} 1", _server.MetricsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_a_rotated_token_again_when_the_old_one_is_refused()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(file, "first\n", Cancellation);
        try
        {
            Fake.Token = "first";
            var configuration = Fake.Configuration with { TokenFile = file };
            using var client = new KubernetesClient(
                configuration, new KubernetesClientOptions(), _server.Metrics, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<KubernetesClient>.Instance);
            await client.GetAsync<V1Pod>("a", "default", Cancellation);

            Fake.Token = "second";
            await File.WriteAllTextAsync(file, "second\n", Cancellation);
            await client.GetAsync<V1Pod>("a", "default", Cancellation);

            Fake.Token = "third";
            var failure = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<V1Pod>("a", "default", Cancellation));
            Assert.True(failure.IsUnauthorized);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Trusts_only_the_given_authority_and_speaks_HTTP_2()
    {
        await using var fake = await FakeApiServer.StartAsync(new FakeApiServerOptions { UseTls = true });
        var logger = Microsoft.Extensions.Logging.Abstractions.NullLogger<KubernetesClient>.Instance;
        using var trusting = new KubernetesClient(fake.Configuration, new KubernetesClientOptions(), _server.Metrics, TimeProvider.System, logger);
        using var strict = new KubernetesClient(fake.Configuration with { CertificateAuthorities = null }, new KubernetesClientOptions(), _server.Metrics, TimeProvider.System, logger);

        Assert.Null(await trusting.GetAsync<V1Pod>("a", "default", Cancellation));
        Assert.Equal("HTTP/2", Assert.Single(fake.Requests).Protocol);
        await Assert.ThrowsAsync<KubernetesException>(() => strict.GetAsync<V1Pod>("a", "default", Cancellation));
    }

    [Fact]
    public async Task Keeps_more_watches_open_than_one_connection_carries()
    {
        await using var fake = await FakeApiServer.StartAsync(new FakeApiServerOptions { UseTls = true });
        using var client = new KubernetesClient(
            fake.Configuration, new KubernetesClientOptions(), _server.Metrics, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<KubernetesClient>.Instance);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var watches = Enumerable.Range(0, 300).Select(_ => DrainAsync(client, fake.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), end.Token)).ToArray();

        // Kestrel allows 100 streams per connection; a request beside 300 watches must not wait for one of them to end.
        await Eventually.TrueAsync(() => fake.Requests.Count(request => request.IsWatch) == 300, Cancellation);
        Assert.Null(await client.GetAsync<V1Pod>("a", "default", Cancellation));

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(watches));
    }

    private static async Task DrainAsync(KubernetesClient client, string version, CancellationToken cancellationToken)
    {
        await foreach (var _ in client.WatchAsync<V1Pod>(new WatchOptions { ResourceVersion = version }, cancellationToken))
        {
        }
    }
}
