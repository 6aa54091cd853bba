using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Tests.VirtualMachines;

public sealed class SafetyTests : IAsyncLifetime
{
    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartRunningAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_lost_libvirt_is_unknown_after_a_moment_and_touches_nothing()
    {
        _bench.Domains.IsUnavailable = true;
        await _bench.PassAsync();
        _bench.Server.ForgetRequests();
        _bench.Time.Advance(TimeSpan.FromSeconds(6));
        await _bench.PassAsync();
        Assert.Equal(VirtualMachineStates.Unknown, _bench.Machine.Status!.State);
        Assert.Contains("Ready=Unknown/LibvirtUnavailable", _bench.Conditions);
        Assert.Equal(VirtualMachineBench.Node, _bench.Machine.Status.NodeName);
        _bench.Domains.IsUnavailable = false;
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Contains("Ready=True/Running", _bench.Conditions);
        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task A_daemon_that_is_soon_back_costs_no_write()
    {
        _bench.Server.ForgetRequests();
        _bench.Domains.IsUnavailable = true;
        await _bench.PassAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        await _bench.PassAsync();
        _bench.Domains.IsUnavailable = false;
        await _bench.PassAsync();
        Assert.Equal(0, _bench.Writes);
    }

    [Fact]
    public async Task A_VM_that_is_not_found_leaves_its_guest_running_and_is_reported()
    {
        await _bench.RemoveAsync();
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal([_bench.Id], _bench.Memory.Strays.Left);
    }

    [Fact]
    public async Task A_VM_that_only_lost_its_label_keeps_its_guest()
    {
        await _bench.ChangeAsync(machine => machine with { Metadata = machine.Metadata with { Labels = null } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Empty(_bench.Memory.Strays.Left);
    }

    [Fact]
    public async Task A_VM_that_is_bound_elsewhere_by_a_newer_binding_loses_its_guest_here()
    {
        await _bench.ChangeAsync(machine => machine with
        {
            Metadata = machine.Metadata with { Labels = new Dictionary<string, string> { [BerthLabels.Node] = "node-2" } },
            Status = machine.Status! with { Binding = new Binding { NodeName = "node-2", Epoch = 2 } },
        });
        await _bench.PassAsync();
        Assert.Equal(["destroy ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
        Assert.Equal(0, _bench.Writes);
    }

    [Fact]
    public async Task A_newer_binding_elsewhere_that_the_label_does_not_bear_out_moves_nobody()
    {
        await _bench.ChangeAsync(machine => machine with { Status = machine.Status! with { Binding = new Binding { NodeName = "node-2", Epoch = 99 } } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal([_bench.Id], _bench.Memory.Strays.Left);
    }

    [Fact]
    public async Task A_binding_elsewhere_that_is_not_newer_proves_nothing()
    {
        await _bench.ChangeAsync(machine => machine with { Status = machine.Status! with { Binding = new Binding { NodeName = "node-2", Epoch = 1 } } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal([_bench.Id], _bench.Memory.Strays.Left);
    }

    [Fact]
    public async Task An_API_server_that_does_not_answer_proves_nothing()
    {
        await _bench.ChangeAsync(machine => machine with { Metadata = machine.Metadata with { Labels = null } });
        await _bench.StopServerAsync();
        await Assert.ThrowsAnyAsync<Exception>(_bench.PassAsync);
        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task A_domain_above_the_binding_is_an_anomaly_and_is_not_touched()
    {
        await OwnAsync(owner => owner with { Epoch = 7 });
        await _bench.PassAsync();
        Assert.Contains("Stalled=True/EpochAnomaly", _bench.Conditions);
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Null(_bench.Machine.Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task Another_clusters_domain_is_never_touched()
    {
        await OwnAsync(owner => owner with { Cluster = "another" });
        await _bench.PassAsync();
        Assert.Contains("Stalled=True/DomainNameTaken", _bench.Conditions);
        await _bench.RemoveAsync();
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Empty(_bench.Memory.Strays.Left);
    }

    [Fact]
    public async Task A_guest_is_taken_over_into_the_very_next_binding_to_its_node()
    {
        await BindAsync(2);
        await _bench.PassAsync();
        Assert.Equal(["own ns.vm"], _bench.Domains.Calls);
        Assert.Equal((2, true), (_bench.Domain!.Owner!.Epoch, _bench.Domain.IsActive));
        Assert.Contains("Ready=True/Running", _bench.Conditions);
    }

    [Fact]
    public async Task A_guest_is_started_anew_when_another_binding_lay_between_and_its_release_is_recorded()
    {
        _bench.Server.Seed(new Hypervisor
        {
            Metadata = new V1ObjectMeta { Name = VirtualMachineBench.Node },
            Status = new HypervisorStatus { Releases = [new ReleaseRecord { Uid = _bench.Id.ToString(), Namespace = "ns", Name = "vm", Epoch = 1, Node = VirtualMachineBench.Node }] },
        });
        await BindAsync(3);
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.Equal(3, _bench.Domain!.Owner!.Epoch);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1L)]
    public async Task A_binding_far_ahead_that_nobody_has_let_go_for_touches_nothing(long? released)
    {
        await BindAsync(99, released);
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Contains("Stalled=True/EpochAnomaly", _bench.Conditions);
        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task What_was_released_is_not_started_when_the_API_server_has_forgotten_it()
    {
        var before = _bench.Machine;
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
        for (var pass = 0; pass < 3 && _bench.Machine.Status!.ReleasedEpoch is null; pass++)
        {
            await _bench.PassAsync();
        }

        await _bench.SyncAsync();
        _bench.Domains.Calls.Clear();
        await _bench.ChangeAsync(_ => before);
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Contains("Stalled=True/EpochAnomaly", _bench.Conditions);

        // A person has looked: stopped and started, it has a new binding.
        await BindAsync(2);
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
    }

    [Fact]
    public async Task A_domain_whose_VM_is_being_deleted_and_released_is_shut_down()
    {
        await _bench.ChangeAsync(machine => machine with
        {
            Metadata = machine.Metadata with { DeletionTimestamp = _bench.Time.GetUtcNow() },
            Status = machine.Status! with { ReleasedEpoch = 1 },
        });
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
    }

    [Fact]
    public async Task A_new_VM_of_the_name_makes_the_old_ones_domain_an_orphan_and_waits()
    {
        await _bench.ChangeAsync(machine => machine with { Metadata = machine.Metadata with { Uid = Guid.NewGuid().ToString() } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Contains("Stalled=True/DomainNameTaken", _bench.Conditions);
    }

    private Task OwnAsync(Func<NodeAgent.Domains.DomainOwner, NodeAgent.Domains.DomainOwner> change)
    {
        _bench.Domains.Put(_bench.Domain! with { Facts = _bench.Domain!.Facts with { Owner = change(_bench.Domain.Owner!) } });
        return Task.CompletedTask;
    }

    private Task BindAsync(long epoch, long? released = null) => _bench.ChangeAsync(machine => machine with
    {
        Status = machine.Status! with { Binding = new Binding { NodeName = VirtualMachineBench.Node, Epoch = epoch }, ReleasedEpoch = released },
    });
}
