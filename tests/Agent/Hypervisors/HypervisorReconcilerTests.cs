using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Hypervisors;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Hosting;
using Berth.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Hypervisors;

public sealed class HypervisorReconcilerTests : IAsyncLifetime
{
    private HypervisorBench _bench = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await HypervisorBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_node_makes_its_Hypervisor_and_describes_itself()
    {
        await _bench.PassAsync();
        await _bench.PassAsync();
        var status = _bench.Stored.Status!;
        Assert.Equal((BerthApi.ApiLevel, "tcg", "9.0.0", "7.2.0"), (status.ApiLevel, status.Accelerator!.Type, status.Versions!.Libvirt, status.Versions.Qemu));
        Assert.True(status.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task Nothing_is_written_when_nothing_changed_and_figures_wait_for_their_time()
    {
        await _bench.ReadyAsync();
        _bench.Put("ns.a", owner: "cluster-1");
        await _bench.PassAsync();
        Assert.Empty(_bench.Server.Writes);
        _bench.Time.Advance(HypervisorReconciler.FiguresInterval);
        await _bench.PassAsync();
        Assert.Single(_bench.Server.Writes);
        Assert.Equal(new DomainCounts { Running = 1, Total = 1 }, _bench.Stored.Status!.Domains);
    }

    [Fact]
    public async Task Orphans_and_domains_of_others_are_listed_at_once_and_told_apart()
    {
        await _bench.ReadyAsync();
        var orphan = _bench.Put("ns.orphan", owner: "cluster-1");
        _bench.Put("ns.foreign", owner: "cluster-2");
        _bench.Put("legacy", owner: null);
        _bench.Memory.Strays.Note(new ObjectKey("ns", "orphan"), _bench.Domains.Find(orphan)!, StrayDecision.Orphan);
        await _bench.PassAsync();
        Assert.Equal(["ns.orphan"], _bench.Stored.Status!.Orphans!.Select(domain => domain.Name));
        Assert.Equal(["legacy", "ns.foreign"], _bench.Stored.Status.Unmanaged!.Select(domain => domain.Name));
        Assert.True(_bench.Stored.Status.Conditions.IsTrue(HypervisorConditions.OrphanDomains));
    }

    [Fact]
    public async Task A_lost_libvirt_makes_the_node_not_ready_and_forgets_nothing()
    {
        await _bench.ReadyAsync();
        _bench.Put("legacy", owner: null);
        await _bench.PassAsync();
        _bench.Versions.IsUnavailable = true;
        await _bench.PassAsync();
        Assert.Equal("False", _bench.Stored.Status!.Conditions.Find(HypervisorConditions.LibvirtAvailable)!.Status);
        Assert.Single(_bench.Stored.Status.Unmanaged!);
        _bench.Versions.IsUnavailable = false;
        await _bench.PassAsync();
        Assert.True(_bench.Stored.Status!.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task What_the_host_does_not_allow_to_spare_guests_is_said_and_the_node_is_Ready_all_the_same()
    {
        _bench.Folder.Write("proc/meminfo", "MemTotal: 8192 kB\nMemAvailable: 4096 kB\n");
        await _bench.ReadyAsync();
        var guarded = _bench.Stored.Status!.Conditions.Find(HypervisorConditions.GuestsProtected)!;
        Assert.Equal(("False", "NotPossible"), (guarded.Status, guarded.Reason));
        Assert.Contains("no control groups", guarded.Message, StringComparison.Ordinal);
        Assert.True(_bench.Stored.Status!.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task The_hosts_lock_manager_is_told()
    {
        await _bench.ReadyAsync();
        Assert.Null(_bench.Stored.Status!.LockManager);
        _bench.Folder.Write("etc/libvirt/qemu.conf", "# lock_manager = \"sanlock\"\nlock_manager = \"lockd\"\n");
        await _bench.PassAsync();
        Assert.Equal("lockd", _bench.Stored.Status!.LockManager);
    }

    [Fact]
    public async Task More_memory_promised_than_there_is_shows_while_it_lasts()
    {
        _bench.Folder.Write("proc/meminfo", "MemAvailable: 1024 kB\n");
        _bench.Guests.Running = [new GuestPromise(Guid.NewGuid(), Promised: 3 << 20, Resident: 1 << 20)];
        await _bench.ReadyAsync();
        Assert.True(_bench.Stored.Status!.Conditions.IsTrue(HypervisorConditions.MemoryOvercommitted));
        _bench.Guests.Running = [];
        await _bench.PassAsync();
        Assert.Null(_bench.Stored.Status!.Conditions.Find(HypervisorConditions.MemoryOvercommitted));
    }

    [Fact]
    public async Task The_heartbeat_makes_its_Lease_and_renews_it_every_ten_seconds()
    {
        var heartbeat = new HeartbeatLease(_bench.Folder.Options, _bench.Client, new HealthChecks(_bench.Time, []), _bench.Time, NullLogger<HeartbeatLease>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = heartbeat.RunAsync(stop.Token);
        await Eventually.TrueAsync(() => Lease() is not null && _bench.Time.PendingTimers > 0, Token);
        var first = Lease()!.Spec.RenewTime;
        _bench.Time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(() => Lease()!.Spec.RenewTime == first + TimeSpan.FromSeconds(10), Token);
        Assert.Equal("node-1", Lease()!.Spec.HolderIdentity);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private V1Lease? Lease() => _bench.Server.Find<V1Lease>("hypervisor-node-1", BerthApi.DefaultNamespace);
}
