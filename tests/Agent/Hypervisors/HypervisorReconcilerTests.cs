using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Hypervisors;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Preflight;
using Berth.NodeAgent.Protection;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Hypervisors;

public sealed class HypervisorReconcilerTests : IAsyncLifetime
{
    private static readonly ObjectKey Key = new(null, "node-1");

    private readonly TestFolder _folder = new();
    private readonly MetricFactory _metrics = new();
    private readonly FakeDomains _domains = new();
    private readonly FakeVersions _versions = new();
    private readonly FakeGuestMemory _guests = new();
    private readonly NodeReport _report = new();
    private readonly ManualTime _time = new();
    private FakeApiServer _server = null!;
    private KubernetesClient _client = null!;
    private Informer<Hypervisor> _hypervisors = null!;
    private Informer<VirtualMachine> _machines = null!;
    private Informer<V1Node> _nodes = null!;
    private VirtualMachineMemory _memory = null!;
    private ReconcileDriver<Hypervisor, HypervisorStatus, HypervisorScope> _driver = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Hypervisor Stored => _server.Find<Hypervisor>("node-1")!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Seed(new V1Namespace { Metadata = new V1ObjectMeta { Name = "kube-system", Uid = "cluster-1" } });
        var options = new KubernetesClientOptions();
        options.TypeInfoResolvers.Add(ApiJsonContext.Default);
        _client = new KubernetesClient(_server.Configuration, options, _metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
        _hypervisors = new Informer<Hypervisor>(_client, new(), _metrics, TimeProvider.System, NullLogger<Informer<Hypervisor>>.Instance);
        _machines = new Informer<VirtualMachine>(_client, new(), _metrics, TimeProvider.System, NullLogger<Informer<VirtualMachine>>.Instance);
        _nodes = new Informer<V1Node>(_client, new(), _metrics, TimeProvider.System, NullLogger<Informer<V1Node>>.Instance);
        await _hypervisors.StartAsync(Token);
        await _machines.StartAsync(Token);
        await _nodes.StartAsync(Token);
        await Task.WhenAll(_hypervisors.WaitForSyncAsync(Token), _machines.WaitForSyncAsync(Token), _nodes.WaitForSyncAsync(Token));
        _memory = new VirtualMachineMemory(new MissingReferences(_time));
        var (agent, host) = (_folder.Options with { Accelerator = Accelerators.Tcg }, new HostFiles(_folder.Path));
        var cgroups = new HostCgroups(_folder.Path);
        var protection = new GuestProtection(new GuestPartition(cgroups, NullLogger<GuestPartition>.Instance), cgroups, new OutOfMemoryScores(_folder.Path));
        var reconciler = new HypervisorReconciler(
            agent, _client, _versions, _domains, _machines, _memory, new NodeIdentity(_client, host), new NodeAccelerator(agent, new FakeKvm(false)), new MemoryGate(host, _guests, agent), protection, host, new HostPreflight(agent, new KernelFiles(_folder.Path), host, cgroups, new FakeClock(null), _nodes), _report, _time);
        _driver = new(reconciler, _hypervisors, _client, new ReconcileDriverOptions(), _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _hypervisors.StopAsync(CancellationToken.None);
        await _machines.StopAsync(CancellationToken.None);
        await _nodes.StopAsync(CancellationToken.None);
        _hypervisors.Dispose();
        _machines.Dispose();
        _nodes.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
        _metrics.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_node_makes_its_Hypervisor_and_describes_itself()
    {
        await PassAsync();
        await PassAsync();
        var status = Stored.Status!;
        Assert.Equal((BerthApi.ApiLevel, "tcg", "9.0.0", "7.2.0"), (status.ApiLevel, status.Accelerator!.Type, status.Versions!.Libvirt, status.Versions.Qemu));
        Assert.True(status.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task Nothing_is_written_when_nothing_changed_and_figures_wait_for_their_time()
    {
        await ReadyAsync();
        Put("ns.a", owner: "cluster-1");
        await PassAsync();
        Assert.Empty(_server.Writes);
        _time.Advance(HypervisorReconciler.FiguresInterval);
        await PassAsync();
        Assert.Single(_server.Writes);
        Assert.Equal(new DomainCounts { Running = 1, Total = 1 }, Stored.Status!.Domains);
    }

    [Fact]
    public async Task Orphans_and_domains_of_others_are_listed_at_once_and_told_apart()
    {
        await ReadyAsync();
        var orphan = Put("ns.orphan", owner: "cluster-1");
        Put("ns.foreign", owner: "cluster-2");
        Put("legacy", owner: null);
        _memory.Strays.Note(new ObjectKey("ns", "orphan"), _domains.Find(orphan)!, StrayDecision.Orphan);
        await PassAsync();
        Assert.Equal(["ns.orphan"], Stored.Status!.Orphans!.Select(domain => domain.Name));
        Assert.Equal(["legacy", "ns.foreign"], Stored.Status.Unmanaged!.Select(domain => domain.Name));
        Assert.True(Stored.Status.Conditions.IsTrue(HypervisorConditions.OrphanDomains));
    }

    [Fact]
    public async Task A_lost_libvirt_makes_the_node_not_ready_and_forgets_nothing()
    {
        await ReadyAsync();
        Put("legacy", owner: null);
        await PassAsync();
        _versions.IsUnavailable = true;
        await PassAsync();
        Assert.Equal("False", Stored.Status!.Conditions.Find(HypervisorConditions.LibvirtAvailable)!.Status);
        Assert.Single(Stored.Status.Unmanaged!);
        _versions.IsUnavailable = false;
        await PassAsync();
        Assert.True(Stored.Status!.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task What_the_host_does_not_allow_to_spare_guests_is_said_and_the_node_is_Ready_all_the_same()
    {
        _folder.Write("proc/meminfo", "MemTotal: 8192 kB\nMemAvailable: 4096 kB\n");
        await ReadyAsync();
        var guarded = Stored.Status!.Conditions.Find(HypervisorConditions.GuestsProtected)!;
        Assert.Equal(("False", "NotPossible"), (guarded.Status, guarded.Reason));
        Assert.Contains("no control groups", guarded.Message, StringComparison.Ordinal);
        Assert.True(Stored.Status!.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task The_hosts_lock_manager_is_told()
    {
        await ReadyAsync();
        Assert.Null(Stored.Status!.LockManager);
        _folder.Write("etc/libvirt/qemu.conf", "# lock_manager = \"sanlock\"\nlock_manager = \"lockd\"\n");
        await PassAsync();
        Assert.Equal("lockd", Stored.Status!.LockManager);
    }

    [Fact]
    public async Task More_memory_promised_than_there_is_shows_while_it_lasts()
    {
        _folder.Write("proc/meminfo", "MemAvailable: 1024 kB\n");
        _guests.Running = [new GuestPromise(Guid.NewGuid(), Promised: 3 << 20, Resident: 1 << 20)];
        await ReadyAsync();
        Assert.True(Stored.Status!.Conditions.IsTrue(HypervisorConditions.MemoryOvercommitted));
        _guests.Running = [];
        await PassAsync();
        Assert.Null(Stored.Status!.Conditions.Find(HypervisorConditions.MemoryOvercommitted));
    }

    [Fact]
    public async Task The_heartbeat_makes_its_Lease_and_renews_it_every_ten_seconds()
    {
        var heartbeat = new HeartbeatLease(_folder.Options, _client, new HealthChecks(_time, []), _time, NullLogger<HeartbeatLease>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = heartbeat.RunAsync(stop.Token);
        await Eventually.TrueAsync(() => Lease() is not null && _time.PendingTimers > 0, Token);
        var first = Lease()!.Spec.RenewTime;
        _time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(() => Lease()!.Spec.RenewTime == first + TimeSpan.FromSeconds(10), Token);
        Assert.Equal("node-1", Lease()!.Spec.HolderIdentity);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private V1Lease? Lease() => _server.Find<V1Lease>("hypervisor-node-1", BerthApi.DefaultNamespace);

    private async Task ReadyAsync()
    {
        await PassAsync();
        await PassAsync();
        _server.ForgetRequests();
    }

    private async Task PassAsync()
    {
        await _driver.ReconcileAsync(Key, Token);
        await Eventually.TrueAsync(() => _hypervisors.Get(Key)?.Metadata.ResourceVersion == Stored.Metadata.ResourceVersion, Token);
    }

    private Guid Put(string name, string? owner)
    {
        var id = Guid.NewGuid();
        _domains.Put(new Domain
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

    private sealed class FakeVersions : IHostVersions
    {
        public bool IsUnavailable { get; set; }

        public Task<(string Libvirt, string? Qemu)> GetAsync(CancellationToken cancellationToken) => IsUnavailable
            ? Task.FromException<(string, string?)>(new HypervisorException("gone", isUnavailable: true))
            : Task.FromResult<(string, string?)>(("9.0.0", "7.2.0"));
    }
}
