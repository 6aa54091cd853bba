using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Images;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;
using Berth.NodeAgent.VirtualMachines;
using Berth.NodeAgent.VirtualNetworks;
using Berth.Runtime.Hosting;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>The agent's storage and network parts, wired as in the agent, over an API server in this process and a libvirtd of the test's own.</summary>
internal sealed class StorageAgent : IAsyncDisposable
{
    public const string Node = "node-1";

    private readonly IHost _host;

    private StorageAgent(FakeApiServer server, IHost host)
    {
        Server = server;
        _host = host;
    }

    public FakeApiServer Server { get; }

    public NodeReport Report => Get<NodeReport>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>Starts an agent; <paramref name="replace"/> puts other parts in place of the agent's.</summary>
    public static async Task<StorageAgent> StartAsync(FakeApiServer server, string libvirtUri, Action<IServiceCollection>? replace = null, Func<AgentOptions, AgentOptions>? configure = null)
    {
        var options = new AgentOptions { NodeName = Node, LibvirtUri = libvirtUri, MetricsAddress = new(System.Net.IPAddress.Loopback, 0), LogLevel = LogLevel.Error, AllowedImageAddresses = "127.0.0.0/8" };
        options = configure?.Invoke(options) ?? options;
        var host = AgentHost.Build(options, server.Configuration, services =>
        {
            services.AddHost(options);
            services.AddInformer(new InformerOptions<V1Node> { FieldSelector = $"metadata.name={Node}" });
            services.AddInformer(new InformerOptions<VirtualMachine> { LabelSelector = $"{BerthLabels.Node}={Node}" });
            services.AddSingleton<MissingReferences>();
            services.AddStoragePools().AddImages().AddStorageVolumes(options).AddVirtualNetworks();
            replace?.Invoke(services);
        });
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new StorageAgent(server, host);
    }

    /// <summary>An API server with a cluster of one node.</summary>
    public static async Task<FakeApiServer> StartServerAsync()
    {
        var server = await FakeApiServer.StartAsync();
        server.Seed(new V1Namespace { Metadata = new V1ObjectMeta { Name = "kube-system" } });
        server.Seed(new V1Namespace { Metadata = new V1ObjectMeta { Name = "shop" } });
        server.Define<VirtualMachine>();
        server.Define<StoragePool>();
        server.Define<StorageVolume>();
        server.Define<Image>();
        server.Define<VirtualNetwork>();
        server.Seed(new V1Node { Metadata = new V1ObjectMeta { Name = Node, Labels = new Dictionary<string, string> { ["disk"] = "fast" } } });
        return server;
    }

    /// <summary>Applies a default pool and waits for the agent's word on it.</summary>
    public async Task<NodePoolStatus> AddPoolAsync(string path, string name = "default", Action<StoragePool>? change = null)
    {
        var pool = new StoragePool
        {
            Metadata = new V1ObjectMeta { Name = name, Annotations = new Dictionary<string, string> { [BerthAnnotations.DefaultPool] = "true" } },
            Spec = new StoragePoolSpec { Target = new Api.PoolTarget { Path = path } },
        };
        change?.Invoke(pool);
        var uid = Server.Seed(pool).Uid();
        await UntilAsync(() => Report.Pool(name) is { } reported && reported.Uid == uid && reported.Reason != StoragePoolReasons.LibvirtUnavailable);
        return Report.Pool(name)!;
    }

    public Image AddImage(string name, string url, string? checksum = null, string[]? pools = null) => Server.Seed(new Image
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new ImageSpec { Source = new ImageSource { Url = url, Checksum = checksum }, Pools = pools },
    });

    /// <summary>Applies a volume that the operator has given to this node.</summary>
    public StorageVolume AddVolume(string name, Action<StorageVolumeSpec> spec, string? uid = null)
    {
        var volume = new StorageVolume
        {
            Metadata = new V1ObjectMeta
            {
                Name = name,
                NamespaceProperty = "shop",
                Uid = uid,
                Finalizers = [BerthFinalizers.Release],
                Labels = new Dictionary<string, string> { [BerthLabels.Node] = Node },
            },
            Status = new StorageVolumeStatus { ObservedGeneration = -1, Executor = new Binding { NodeName = Node, Epoch = 1 } },
        };
        spec(volume.Spec);
        return Server.Seed(volume);
    }

    public StorageVolume Volume(string name) => Server.Find<StorageVolume>(name, "shop")!;

    /// <summary>Waits until the volume's condition has this reason.</summary>
    public async Task<StorageVolume> VolumeAsync(string name, string condition, string reason)
    {
        await UntilAsync(() => Volume(name).Status?.Conditions.Find(condition)?.Reason == reason, () => Describe(Volume(name)));
        return Volume(name);
    }

    public void Patch<T>(string name, string? @namespace, string json, string? subresource = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => Server.Patch<T>(name, @namespace, (JsonObject)JsonNode.Parse(json)!, subresource);

    public static async Task UntilAsync(Func<bool> condition, Func<string>? describe = null)
    {
        try
        {
            await Eventually.TrueAsync(condition, TestContext.Current.CancellationToken, TimeSpan.FromSeconds(40));
        }
        catch (TimeoutException) when (describe is not null)
        {
            Assert.Fail(describe());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private static string Describe(StorageVolume volume) =>
        $"{volume.Status?.State}: {string.Join("; ", (volume.Status?.Conditions ?? []).Select(condition => $"{condition.Type}={condition.Status} {condition.Reason} {condition.Message}"))}";
}
