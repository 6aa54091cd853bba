using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Hypervisors;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Preflight;
using Berth.NodeAgent.Protection;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Hypervisors;

/// <summary>The Hypervisor's reconciler under the real driver and client, with an API server, a host and a hypervisor in memory. Passes are made by the test.</summary>
internal sealed class HypervisorBench : IAsyncDisposable
{
    private static readonly ObjectKey Key = new(null, "node-1");

    private readonly MetricFactory _metrics = new();
    private readonly Informer<Hypervisor> _hypervisors;
    private readonly Informer<VirtualMachine> _machines;
    private readonly Informer<V1Node> _nodes;
    private readonly ReconcileDriver<Hypervisor, HypervisorStatus, HypervisorScope> _driver;

    private HypervisorBench(FakeApiServer server, string accelerator)
    {
        Server = server;
        var options = new KubernetesClientOptions();
        options.TypeInfoResolvers.Add(ApiJsonContext.Default);
        Client = new KubernetesClient(server.Configuration, options, _metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
        _hypervisors = new Informer<Hypervisor>(Client, new(), _metrics, TimeProvider.System, NullLogger<Informer<Hypervisor>>.Instance);
        _machines = new Informer<VirtualMachine>(Client, new(), _metrics, TimeProvider.System, NullLogger<Informer<VirtualMachine>>.Instance);
        _nodes = new Informer<V1Node>(Client, new(), _metrics, TimeProvider.System, NullLogger<Informer<V1Node>>.Instance);
        Memory = new VirtualMachineMemory(new MissingReferences(Time));
        var (agent, host) = (Folder.Options with { Accelerator = accelerator }, new HostFiles(Folder.Path));
        var cgroups = new HostCgroups(Folder.Path);
        var protection = new GuestProtection(new GuestPartition(cgroups, NullLogger<GuestPartition>.Instance), cgroups, new OutOfMemoryScores(Folder.Path));
        var reconciler = new HypervisorReconciler(
            agent, Client, Versions, Domains, _machines, Memory, new NodeIdentity(Client, host), new NodeAccelerator(agent, new FakeKvm(false)), new MemoryGate(host, Guests, agent, Time), protection, host,
            new HostPreflight(agent, new KernelFiles(Folder.Path), new HostPages(Folder.Path), host, cgroups, new FakeClock(null), _nodes), new NodeReport(), Time);
        _driver = new(reconciler, _hypervisors, Client, new ReconcileDriverOptions(), Time);
    }

    public TestFolder Folder { get; } = new();

    public FakeDomains Domains { get; } = new();

    public FakeVersions Versions { get; } = new();

    public FakeGuestMemory Guests { get; } = new();

    public ManualTime Time { get; } = new();

    public FakeApiServer Server { get; }

    public KubernetesClient Client { get; }

    public VirtualMachineMemory Memory { get; }

    public Hypervisor Stored => Server.Find<Hypervisor>("node-1")!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts on a host where KVM does not work.</summary>
    public static async Task<HypervisorBench> StartAsync(string accelerator = Accelerators.Tcg)
    {
        var server = await FakeApiServer.StartAsync();
        server.Seed(new V1Namespace { Metadata = new V1ObjectMeta { Name = "kube-system", Uid = "cluster-1" } });
        var bench = new HypervisorBench(server, accelerator);
        await bench._hypervisors.StartAsync(Token);
        await bench._machines.StartAsync(Token);
        await bench._nodes.StartAsync(Token);
        await Task.WhenAll(bench._hypervisors.WaitForSyncAsync(Token), bench._machines.WaitForSyncAsync(Token), bench._nodes.WaitForSyncAsync(Token));
        return bench;
    }

    /// <summary>The node has made its Hypervisor and described itself.</summary>
    public async Task ReadyAsync()
    {
        await PassAsync();
        await PassAsync();
        Server.ForgetRequests();
    }

    /// <summary>One pass, and until the agent's store has what came of it.</summary>
    public async Task PassAsync()
    {
        await _driver.ReconcileAsync(Key, Token);
        await Eventually.TrueAsync(() => _hypervisors.Get(Key)?.Metadata.ResourceVersion == Stored.Metadata.ResourceVersion, Token);
    }

    /// <summary>Puts a running domain in place; <paramref name="owner"/> is the cluster that it belongs to, or null.</summary>
    public Guid Put(string name, string? owner)
    {
        var id = Guid.NewGuid();
        Domains.Put(new Domain
        {
            Id = id,
            Name = name,
            State = DomainState.Running,
            RuntimeId = 1,
            Facts = new DomainFacts
            {
                Name = name,
                Id = id,
                Type = "qemu",
                Cpu = new CpuFacts(1, "", "", ""),
                Owner = owner is null ? null : new DomainOwner { Namespace = "ns", Name = "x", Uid = id.ToString(), Cluster = owner, Epoch = 1 },
            },
        });
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await _hypervisors.StopAsync(CancellationToken.None);
        await _machines.StopAsync(CancellationToken.None);
        await _nodes.StopAsync(CancellationToken.None);
        _hypervisors.Dispose();
        _machines.Dispose();
        _nodes.Dispose();
        Client.Dispose();
        await Server.DisposeAsync();
        _metrics.Dispose();
        Folder.Dispose();
    }
}

/// <summary>What libvirt says of itself, unless it does not answer.</summary>
internal sealed class FakeVersions : IHostVersions
{
    public bool IsUnavailable { get; set; }

    public Task<(string Libvirt, string? Qemu)> GetAsync(CancellationToken cancellationToken) => IsUnavailable
        ? Task.FromException<(string, string?)>(new HypervisorException("gone", isUnavailable: true))
        : Task.FromResult<(string, string?)>(("9.0.0", "7.2.0"));
}
