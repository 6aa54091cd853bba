using System.Text;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Certificates;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Operator.Tests.Certificates;

public sealed class AuthorityKeeperTests : IAsyncLifetime
{
    private static readonly CertificateOptions Options =
        new(BerthApi.DefaultNamespace) { AuthorityLifetime = TimeSpan.FromSeconds(40), CertificateLifetime = TimeSpan.FromSeconds(30) };

    private readonly ManualTime _time = new();
    private readonly List<IDisposable> _owned = [];
    private FakeApiServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var keeper in _owned.OfType<AuthorityKeeper>())
        {
            await keeper.StopAsync(CancellationToken.None);
        }

        _owned.ForEach(owned => owned.Dispose());
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Replicas_that_start_at_once_agree()
    {
        var keepers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => StartAsync()));
        await EventuallyAsync(() => keepers.All(keeper => keeper.IsReady));
        Assert.Single(keepers.Select(keeper => keeper.TrustBundle).Distinct());
        Assert.Equal(keepers[0].TrustBundle, Encoding.UTF8.GetString(Secret()!.Data![AuthoritySet.BundleKey]));
    }

    [Fact]
    public async Task Replicas_rotate_together_through_the_secret()
    {
        var (one, two) = (await StartAsync(), await StartAsync());
        await EventuallyAsync(() => one.IsReady && two.IsReady);
        var first = one.TrustBundle;
        _time.Advance(TimeSpan.FromSeconds(20));
        await EventuallyAsync(() => one.TrustBundle != first && one.TrustBundle == two.TrustBundle);
        Assert.Contains(first.TrimEnd(), one.TrustBundle, StringComparison.Ordinal);
        Assert.Equal(one.Signer!.Certificate, two.Signer!.Certificate);
    }

    [Fact]
    public async Task The_authority_outlives_the_operator()
    {
        var one = await StartAsync();
        await EventuallyAsync(() => one.IsReady);
        await one.StopAsync(Cancellation);
        var two = await StartAsync();
        await EventuallyAsync(() => two.IsReady);
        Assert.Equal(one.TrustBundle, two.TrustBundle);
    }

    [Fact]
    public async Task A_secret_that_was_deleted_is_a_new_beginning_for_all()
    {
        var (one, two) = (await StartAsync(), await StartAsync());
        await EventuallyAsync(() => one.IsReady && two.IsReady);
        var first = one.TrustBundle;
        _server.Delete<V1Secret>(CertificateOptions.SecretName, Options.Namespace);
        await EventuallyAsync(() => one.TrustBundle != first && one.TrustBundle == two.TrustBundle);
        Assert.DoesNotContain(first.TrimEnd(), one.TrustBundle, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "nonsense")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "")]
    [InlineData("", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public async Task What_is_no_authority_is_made_one(string bundle, string keys)
    {
        _server.Seed(new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = CertificateOptions.SecretName, NamespaceProperty = Options.Namespace },
            Data = new Dictionary<string, byte[]> { [AuthoritySet.BundleKey] = Encoding.UTF8.GetBytes(bundle), [AuthoritySet.PrivateKeysKey] = Encoding.UTF8.GetBytes(keys) },
        });
        var keeper = await StartAsync();
        await EventuallyAsync(() => keeper.IsReady);
        Assert.NotNull(keeper.Signer);
        Assert.Equal(keeper.TrustBundle, Encoding.UTF8.GetString(Secret()!.Data![AuthoritySet.BundleKey]));
    }

    [Fact]
    public async Task While_the_server_does_not_answer_what_is_known_stays_in_force()
    {
        var keeper = await StartAsync();
        await EventuallyAsync(() => keeper.IsReady);
        var first = keeper.TrustBundle;
        _server.Patch<V1Secret>(CertificateOptions.SecretName, Options.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["a"] = "b" } } });
        _server.Faults.Fail(_ => true, System.Net.HttpStatusCode.InternalServerError);
        _time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(first, keeper.TrustBundle);
        Assert.NotNull(keeper.Signer);
    }

    private async Task<AuthorityKeeper> StartAsync()
    {
        var metrics = new MetricFactory();
        var client = new KubernetesClient(_server.Configuration, new KubernetesClientOptions(), metrics, _time, NullLogger<KubernetesClient>.Instance);
        var keeper = new AuthorityKeeper(client, Options, metrics, _time, NullLoggerFactory.Instance);
        _owned.AddRange([keeper, client, metrics]);
        await keeper.StartAsync(Cancellation);
        return keeper;
    }

    private V1Secret? Secret() => _server.Find<V1Secret>(CertificateOptions.SecretName, Options.Namespace);

    private Task EventuallyAsync(Func<bool> condition) => Eventually.TrueAsync(
        () =>
        {
            if (!condition())
            {
                _time.Advance(TimeSpan.FromMilliseconds(1));
                return false;
            }

            return true;
        },
        Cancellation);
}
