using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Metrics;
using Berth.Runtime.Metrics;
using Berth.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using DomainStatus = Berth.Libvirt.DomainStatus;

namespace Berth.NodeAgent.Tests.Metrics;

/// <summary>What an agent measures, over a libvirt and VMs that a test makes up.</summary>
internal sealed class MetricsRig : IDisposable
{
    private const ulong Second = 1_000_000_000;

    public MetricsRig()
    {
        var collector = new GuestCollector(Libvirt, Machines, Time, NullLogger<GuestCollector>.Instance);
        Agents = new GuestAgents(Libvirt, Machines, Time);
        Metrics.AddBeforeCollectCallback(collector.GatherAsync);
        new VirtualMachineMetrics(Metrics, collector, Agents).Register();
        new DeviceMetrics(Metrics, collector).Register();
        new HypervisorMetrics(Metrics, collector, new HostFiles(Folder.Path), new HostPages(Folder.Path), Folder.Options with { MemoryReserve = 1 << 20 }).Register();
    }

    public TestFolder Folder { get; } = new();

    public ManualTime Time { get; } = new();

    public MetricFactory Metrics { get; } = new();

    public FakeGuestStatistics Libvirt { get; } = new();

    public FixedMachines Machines { get; } = new();

    public GuestAgents Agents { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A VM that runs on this node, with a vCPU, a disk beside its seed, and an interface.</summary>
    public Guid AddRunning(string name, Action<VirtualMachine>? change = null)
    {
        var id = Guid.NewGuid();
        AddMachine(name, id, change);
        Libvirt.Guests.Add(Guest(id, $"shop.{name}"));
        return id;
    }

    public void AddMachine(string name, Guid id, Action<VirtualMachine>? change = null)
    {
        var machine = new VirtualMachine
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = "shop", Name = name, Uid = id.ToString() },
            Status = new VirtualMachineStatus
            {
                State = VirtualMachineStates.Running,
                StartedAt = DateTimeOffset.FromUnixTimeSeconds(1_000_000),
                Domain = new() { Uuid = id.ToString(), MachineType = "pc-q35-7.2", Accelerator = "tcg" },
                Volumes = [new() { Name = "root", Volume = $"{name}-root", Target = "vda" }],
                Interfaces = [new() { Name = "lan", Mac = "52:54:00:00:00:01" }],
                Conditions = [Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Running, "")],
            },
        };
        change?.Invoke(machine);
        Machines.Add(machine);
    }

    public static DomainStatistics Guest(Guid id, string name) => new(
        id,
        name,
        new DomainStatus(DomainState.Running, DomainStateReason.Booted),
        new(90 * Second, 60 * Second, 30 * Second),
        new(Current: 131072, Maximum: 262144, Rss: 65536, Available: 120000, Unused: 1000, Usable: 2000, SwapIn: 1, SwapOut: 2, MajorFaults: 3, MinorFaults: 4, DiskCaches: 5),
        [new(0, IsOnline: true, 80 * Second, 2 * Second, Second / 2)],
        [new("vnet7", new(1000, 10, 1, 2, 2000, 20, 3, 4))],
        [
            new("vda", "/pools/a", new(100, 4096, 2 * Second, 200, 8192, 4 * Second, 5, Second), 1 << 30, 1 << 20, 1 << 21),
            new("vdb", "/seeds/a", new(1, 512, null, 0, 0, null, null, null), null, null, null),
        ]);

    /// <summary>The text of a scrape.</summary>
    public async Task<string> ScrapeAsync()
    {
        var text = new StringWriter();
        await Metrics.CollectAsync(text, Token);
        return text.ToString();
    }

    /// <summary>The text of a scrape that waits for libvirt: the clock goes on until it has given up.</summary>
    public async Task<string> ScrapeWhileHangingAsync()
    {
        var scrape = ScrapeAsync();
        await Eventually.TrueAsync(
            () =>
            {
                Time.Advance(TimeSpan.FromMilliseconds(100));
                return scrape.IsCompleted;
            },
            Token);
        return await scrape;
    }

    public void Dispose()
    {
        Metrics.Dispose();
        Folder.Dispose();
    }
}
