using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Consoles;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Protection;
using Berth.NodeAgent.Seeds;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>The VMs' reconciler under the real driver, on libvirt's test driver; images, networks and volumes are there whatever they are called.</summary>
internal sealed class HostileBench : IDisposable
{
    private static readonly ObjectKey Key = new("ns", "vm");

    private readonly TestFolder _folder = new();
    private readonly NodeReport _report = new();
    private readonly ReconcileDriver<VirtualMachine, VirtualMachineStatus, VirtualMachineScope> _driver;

    public HostileBench(LibvirtConnection libvirt)
    {
        var pool = Path.Combine(_folder.Path, "pool");
        Domains = new WatchedDomains(new HostDomains(libvirt), [pool, Path.Combine(_folder.Path, "seeds"), Path.Combine(_folder.Path, "console")]);
        Cluster = new OneMachineCluster(JsonOptions(), pool);
        var options = _folder.Options with { Accelerator = Accelerators.Tcg };
        var host = new HostFiles(_folder.Path);
        var missing = new MissingReferences(Time);
        var seeds = new SeedStore(options);
        var userData = new FakeUserData { Answer = new SecretUserData.Found("#cloud-config of a Secret"u8.ToArray()) };
        var reconciler = new VirtualMachineReconciler(
            options, Domains, Cluster, new NodeIdentity(Cluster, host), new VirtualMachineRequirements(Cluster, new EveryImage(pool), _report, missing, host, new LocalPools()),
            new VirtualMachineMemory(missing), new NodeAccelerator(options, new FakeKvm(false)), new MemoryGate(host, new FakeGuestMemory(), options, Time),
            new GuestPartition(new HostCgroups(_folder.Path), NullLogger<GuestPartition>.Instance), host, seeds, new VirtualMachineUserData(userData, seeds, missing),
            new ConsoleLogs(options), new LibvirtLogs(options, NullLogger<LibvirtLogs>.Instance), VirtualMachineValidation.Check, new RecordedEvents(), Time, NullLogger<VirtualMachineReconciler>.Instance);
        _driver = new(reconciler, Cluster, Cluster, new ReconcileDriverOptions(), Time);
    }

    public OneMachineCluster Cluster { get; }

    public WatchedDomains Domains { get; }

    public ManualTime Time { get; } = new();

    /// <summary>Files of the agent's folder, which are all gone when the VMs are.</summary>
    public IEnumerable<string> Files => Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A VM with this spec is bound to the node, reconciled until something is said about it, then deleted and reconciled until it is released. Returns what was said first.</summary>
    public async Task<IReadOnlyList<Condition>> LiveAndDieAsync(VirtualMachineSpec spec)
    {
        foreach (var network in (spec.Interfaces ?? []).Select(card => card?.Network).OfType<string>().Distinct())
        {
            _report.Report(new NodeNetworkStatus { Name = network, Available = true });
        }

        Cluster.Put(Bound(spec));
        await _driver.ReconcileAsync(Key, Cancel);
        if (Cluster.Machine!.Status?.Conditions is null or { Count: 0 })
        {
            // A wait that is worth no write at first.
            Time.Advance(TimeSpan.FromMinutes(1));
            await _driver.ReconcileAsync(Key, Cancel);
        }

        Condition[] said = [.. Cluster.Machine.Status?.Conditions ?? []];
        await DieAsync();
        return said;
    }

    public void Dispose() => _folder.Dispose();

    private async Task DieAsync()
    {
        Cluster.Put(Cluster.Machine! with { Metadata = Cluster.Machine.Metadata with { DeletionTimestamp = Time.GetUtcNow() } });
        for (var pass = 0; Cluster.Machine.Status?.ReleasedEpoch is null; pass++)
        {
            Assert.True(pass < 4, "a deleted VM is not released");
            await _driver.ReconcileAsync(Key, Cancel);
            Time.Advance(TimeSpan.FromDays(2)); // past any grace period
        }

        Cluster.Put(null);
        await _driver.ReconcileAsync(Key, Cancel);
    }

    private static VirtualMachine Bound(VirtualMachineSpec spec) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = Key.Name,
            NamespaceProperty = Key.Namespace,
            Uid = Guid.NewGuid().ToString(),
            Generation = 1,
            Labels = new Dictionary<string, string> { [BerthLabels.Node] = VirtualMachineBench.Node },
            Finalizers = [BerthFinalizers.Release],
        },
        Spec = spec,
        Status = new VirtualMachineStatus { ObservedGeneration = 1, Binding = new Binding { NodeName = VirtualMachineBench.Node, Epoch = 1 } },
    };

    // The real client's, which speaks to nobody.
    private static System.Text.Json.JsonSerializerOptions JsonOptions()
    {
        var options = new KubernetesClientOptions { FieldManager = BerthFieldManagers.Agent };
        options.TypeInfoResolvers.Add(ApiJsonContext.Default);
        using var metrics = new MetricFactory();
        using var client = new KubernetesClient(
            new KubernetesClientConfiguration(new Uri("http://127.0.0.1:1")), options, metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
        return client.JsonOptions;
    }

    /// <summary>Every image has a copy.</summary>
    private sealed class EveryImage(string pool) : IImageCopies
    {
        public ImageCopy Request(string image, string? inPool) => new ImageCopy.Available(Path.Combine(pool, "image-sha256-00"), "raw", "sha256:00", 1 << 20);
    }
}
