using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Consoles;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Protection;
using Berth.NodeAgent.Seeds;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>The VMs' reconciler under the real driver and client, with an API server and a hypervisor in memory. Passes are made by the test.</summary>
internal sealed class VirtualMachineBench : IAsyncDisposable
{
    public const string Node = "node-1";
    public const string Cluster = "cluster-1";

    private static readonly ObjectKey Key = new("ns", "vm");

    private readonly TestFolder _folder = new();
    private readonly MetricFactory _metrics = new();
    private readonly FakeApiServer _server;
    private readonly KubernetesClient _client;
    private readonly Informer<VirtualMachine> _machines;
    private readonly Informer<StorageVolume> _volumes;
    private readonly string _accelerator;
    private readonly bool _kvmPasses;
    private readonly IDomains? _libvirt;
    private ReconcileDriver<VirtualMachine, VirtualMachineStatus, VirtualMachineScope> _driver;
    private bool _serverIsGone;

    private VirtualMachineBench(FakeApiServer server, string accelerator, bool kvmPasses, IDomains? libvirt)
    {
        (_server, _accelerator, _kvmPasses, _libvirt) = (server, accelerator, kvmPasses, libvirt);
        var options = new KubernetesClientOptions { FieldManager = BerthFieldManagers.Agent };
        options.TypeInfoResolvers.Add(ApiJsonContext.Default);
        _client = new KubernetesClient(server.Configuration, options, _metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
        _machines = new Informer<VirtualMachine>(_client, new() { LabelSelector = $"{BerthLabels.Node}={Node}" }, _metrics, TimeProvider.System, NullLogger<Informer<VirtualMachine>>.Instance);
        _volumes = new Informer<StorageVolume>(_client, new(), _metrics, TimeProvider.System, NullLogger<Informer<StorageVolume>>.Instance);
        _driver = NewDriver();
    }

    public FakeDomains Domains { get; } = new();

    public FakeGuestMemory Guests { get; } = new();

    public FakeImages Images { get; } = new();

    public FakeUserData UserData { get; } = new();

    public NodeReport Report { get; } = new();

    public RecordedEvents Events { get; private set; } = new();

    public ManualTime Time { get; } = new();

    public GuestPartition Partition { get; private set; } = null!;

    public VirtualMachineMemory Memory { get; private set; } = null!;

    public FakeApiServer Server => _server;

    public Guid Id { get; private set; }

    public VirtualMachine Machine => _server.Find<VirtualMachine>("vm", "ns")!;

    /// <summary>The host has control groups of version 2.</summary>
    public void HasControlGroups() => _folder.Write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");

    /// <summary>What the host's /proc/meminfo says; without it the agent does not know.</summary>
    public void HasAvailableMemory(int mebibytes) =>
        _folder.Write("proc/meminfo", $"MemAvailable: {mebibytes * 1024} kB\n");

    public string StateFolder => _folder.Path;

    public Domain? Domain => Domains.Find(Id);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts with <paramref name="domains"/>, by default <see cref="Domains"/>.</summary>
    public static async Task<VirtualMachineBench> StartAsync(string accelerator = Accelerators.Tcg, bool kvmPasses = false, IDomains? domains = null)
    {
        var bench = new VirtualMachineBench(await FakeApiServer.StartAsync(), accelerator, kvmPasses, domains);
        bench._server.Seed(new V1Namespace { Metadata = new V1ObjectMeta { Name = "kube-system", Uid = Cluster } });
        bench._server.Define<VirtualMachine>();
        bench._machines.Subscribe(change => bench.Memory.Releases.Take(change.New, Node));
        await bench._machines.StartAsync(Token);
        await bench._volumes.StartAsync(Token);
        await Task.WhenAll(bench._machines.WaitForSyncAsync(Token), bench._volumes.WaitForSyncAsync(Token));
        return bench;
    }

    /// <summary>Starts with the guest of a VM running, and what has led there forgotten.</summary>
    public static async Task<VirtualMachineBench> StartRunningAsync()
    {
        var bench = await StartAsync();
        await bench.GivenAsync();
        await bench.PassAsync();
        await bench.SyncAsync();
        bench.Domains.Calls.Clear();
        bench.Events.Reasons.Clear();
        return bench;
    }

    /// <summary>Puts a VM in place that is bound to this node under epoch 1, and waits until the agent's store has it.</summary>
    public async Task GivenAsync(VirtualMachineSpec? spec = null, Func<VirtualMachine, VirtualMachine>? change = null)
    {
        var machine = new VirtualMachine
        {
            Metadata = new V1ObjectMeta
            {
                Name = Key.Name,
                NamespaceProperty = Key.Namespace,
                Uid = Guid.NewGuid().ToString(),
                Generation = 1,
                Labels = new Dictionary<string, string> { [BerthLabels.Node] = Node },
                Finalizers = [BerthFinalizers.Release],
            },
            Spec = spec ?? new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("64Mi") } },
            Status = new VirtualMachineStatus { ObservedGeneration = 1, Binding = new Binding { NodeName = Node, Epoch = 1 } },
        };
        var seeded = _server.Seed(change is null ? machine : change(machine));
        Id = DomainInputs.DomainId(seeded);
        await SyncAsync();
        _server.ForgetRequests();
    }

    /// <summary>Changes the VM at the API server, as the operator or a user does.</summary>
    public async Task ChangeAsync(Func<VirtualMachine, VirtualMachine> change)
    {
        _server.Seed(change(Machine));
        await SyncAsync();
        _server.ForgetRequests();
    }

    /// <summary>The VM goes, finalizer and all, as after a restore of an older etcd.</summary>
    public async Task RemoveAsync()
    {
        _server.Seed(Machine with { Metadata = Machine.Metadata with { Finalizers = null } });
        _server.Delete<VirtualMachine>("vm", "ns");
        await Eventually.TrueAsync(() => _machines.Get(Key) is null, Token);
    }

    /// <summary>From now on the agent's store stays as it is.</summary>
    public Task FreezeStoreAsync() => _machines.StopAsync(Token);

    /// <summary>The API server dies.</summary>
    public async Task StopServerAsync()
    {
        await _server.DisposeAsync();
        _serverIsGone = true;
    }

    /// <summary>A user edits the spec.</summary>
    public Task EditAsync(Func<VirtualMachineSpec, VirtualMachineSpec> edit) => ChangeAsync(machine => machine with
    {
        Spec = edit(machine.Spec),
        Metadata = machine.Metadata with { Generation = machine.Metadata.Generation + 1 },
    });

    /// <summary>One pass over the VM.</summary>
    public Task<ReconcileResult> PassAsync() => _driver.ReconcileAsync(Key, Token);

    /// <summary>The agent is killed and started again: it remembers nothing.</summary>
    public void RestartAgent()
    {
        Events = new RecordedEvents();
        _driver = NewDriver();
    }

    /// <summary>Writes to the API server since the last change, as verb and path's end.</summary>
    public int Writes => _server.Writes.Count;

    /// <summary>The conditions of the VM, as type=status/reason.</summary>
    public IEnumerable<string> Conditions => (Machine.Status?.Conditions ?? []).Select(condition => $"{condition.Type}={condition.Status}/{condition.Reason}").Order(StringComparer.Ordinal);

    /// <summary>Waits until the agent's store has the VM as the server has it, or lacks it where its label says so.</summary>
    public Task SyncAsync() => Eventually.TrueAsync(
        () => _server.Find<VirtualMachine>("vm", "ns") is { } live && live.Label(BerthLabels.Node) == Node
            ? _machines.Get(Key)?.Metadata.ResourceVersion == live.Metadata.ResourceVersion
            : _machines.Get(Key) is null,
        Token);

    /// <summary>Puts a volume in place, and waits until the agent's store has it.</summary>
    public async Task GivenVolumeAsync(StorageVolume volume)
    {
        var seeded = _server.Seed(volume);
        await Eventually.TrueAsync(() => _volumes.Get(seeded.Key())?.Metadata.ResourceVersion == seeded.Metadata.ResourceVersion, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _machines.StopAsync(CancellationToken.None);
        await _volumes.StopAsync(CancellationToken.None);
        _machines.Dispose();
        _volumes.Dispose();
        _client.Dispose();
        if (!_serverIsGone)
        {
            await _server.DisposeAsync();
        }

        _metrics.Dispose();
        _folder.Dispose();
    }

    private ReconcileDriver<VirtualMachine, VirtualMachineStatus, VirtualMachineScope> NewDriver()
    {
        Partition = new GuestPartition(new HostCgroups(_folder.Path), NullLogger<GuestPartition>.Instance);
        var options = _folder.Options with { Accelerator = _accelerator };
        var host = new HostFiles(_folder.Path);
        var missing = new MissingReferences(Time);
        var seeds = new SeedStore(options);
        Memory = new VirtualMachineMemory(missing);
        var reconciler = new VirtualMachineReconciler(
            options, _libvirt ?? Domains, _client, new NodeIdentity(_client, host), new VirtualMachineRequirements(_volumes, Images, Report, missing, host, new LocalPools()), Memory,
            new NodeAccelerator(options, new FakeKvm(_kvmPasses)), new MemoryGate(host, Guests, options, Time), Partition, host, seeds, new VirtualMachineUserData(UserData, seeds, missing), new ConsoleLogs(options), new LibvirtLogs(options, NullLogger<LibvirtLogs>.Instance), VirtualMachineValidation.Check, Events, Time,
            NullLogger<VirtualMachineReconciler>.Instance);
        return new(reconciler, _machines, _client, new ReconcileDriverOptions(), Time);
    }
}
