using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests;

/// <summary>The API server of the contract tests: the one of the kubeconfig in BERTH_TEST_KUBECONFIG, or else the fake one. Each test gets a namespace of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private static readonly JsonNode WidgetDefinition = JsonNode.Parse("""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.test.berth.dev"},
          "spec": {
            "group": "test.berth.dev", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"},
            "versions": [{
              "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
              "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "default": {"observedGeneration": -1}}}}}
            }]
          }
        }
        """)!;

    private readonly List<IAsyncDisposable> _owned = [];

    private TestServer(KubernetesClientConfiguration configuration, FakeApiServer? fake)
    {
        Configuration = configuration;
        Fake = fake;
        Client = CreateClient();
    }

    public KubernetesClientConfiguration Configuration { get; }

    /// <summary>The fake server; null where a real one is tested.</summary>
    public FakeApiServer? Fake { get; }

    public KubernetesClient Client { get; }

    public string Namespace { get; } = $"t-{Guid.NewGuid():N}"[..16];

    public MetricFactory Metrics { get; } = new();

    public static async Task<TestServer> StartAsync()
    {
#pragma warning disable RS0030 // The one place of the tests that reads the environment.
        var kubeconfig = Environment.GetEnvironmentVariable("BERTH_TEST_KUBECONFIG");
#pragma warning restore RS0030
        if (string.IsNullOrEmpty(kubeconfig))
        {
            return await StartFakeAsync();
        }

        var server = new TestServer(KubernetesClientConfiguration.FromKubeconfig(kubeconfig), null);
        await server.PrepareAsync();
        return server;
    }

    /// <summary>For tests of faults, which a real server does not make on request.</summary>
    public static async Task<TestServer> StartFakeAsync(FakeApiServerOptions? options = null)
    {
        var fake = await FakeApiServer.StartAsync(options ?? new FakeApiServerOptions { BookmarkPeriod = TimeSpan.FromMilliseconds(50) });
        return new TestServer(fake.Configuration, fake);
    }

    public KubernetesClient CreateClient(Action<KubernetesClientOptions>? configure = null)
    {
        var options = new KubernetesClientOptions { FieldManager = "berth-test", UserAgent = "berth-test/1.0" };
        options.TypeInfoResolvers.Add(WidgetJsonContext.Default);
        configure?.Invoke(options);
        return new KubernetesClient(Configuration, options, Metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
    }

    /// <summary>An informer that runs until the server is disposed.</summary>
    public async Task<Informer<T>> StartInformerAsync<T>(InformerOptions<T>? options = null, IKubernetesClient? client = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var informer = new Informer<T>(
            client ?? Client,
            (options ?? new InformerOptions<T>()) with { Namespace = options?.Namespace ?? Namespace, MinBackOff = TimeSpan.FromMilliseconds(10) },
            Metrics,
            TimeProvider.System,
            NullLogger<Informer<T>>.Instance);
        await informer.StartAsync(TestContext.Current.CancellationToken);
        _owned.Add(new Stopping(informer));
        return informer;
    }

    public string MetricsText()
    {
        var text = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
        Metrics.WriteText(text);
        return text.ToString();
    }

    public Widget NewWidget(string name, int size = 1) => Widget.Named(name, Namespace, size);

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
        {
            await owned.DisposeAsync();
        }

        if (Fake is not null)
        {
            await Fake.DisposeAsync();
        }
        else
        {
            await Client.DeleteAsync<V1Namespace>(Namespace, null, null, CancellationToken.None);
        }

        Client.Dispose();
        Metrics.Dispose();
    }

    private async Task PrepareAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var definition = new RawRequest(HttpMethod.Patch, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.test.berth.dev?fieldManager=berth-test")
        {
            Body = WidgetDefinition,
            ContentType = "application/apply-patch+yaml",
        };
        await Client.RequestAsync(definition, cancellationToken);
        await Client.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = Namespace } }, cancellationToken);

        // Discovery names a new kind a moment before its endpoint answers.
        await Eventually.TrueAsync(async () => await Client.IsServedAsync("test.berth.dev", "v1", "widgets", cancellationToken), cancellationToken);
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await Client.ListAsync<Widget>(new ListOptions { Namespace = Namespace }, cancellationToken);
                return true;
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                return false;
            }
        }, cancellationToken);
    }

    private sealed class Stopping(Microsoft.Extensions.Hosting.BackgroundService service) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }
    }
}
