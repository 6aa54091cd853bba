using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>What the operator or a person has said in the Hypervisor about domains that no VM holds.</summary>
public sealed class ReleaseRecordTests : IAsyncLifetime
{
    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartRunningAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_domain_of_a_VM_that_was_released_and_deleted_meanwhile_is_destroyed(long epoch)
    {
        Say(status: new HypervisorStatus { Releases = [Record(epoch)] });
        await _bench.RemoveAsync();
        await _bench.PassAsync();
        Assert.Equal(["destroy ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
        Assert.True(_bench.Memory.Strays.WasRemoved(_bench.Id, 1));
        Assert.False(_bench.Memory.Strays.WasRemoved(_bench.Id, 2));
        Assert.Equal(["StrayDestroyed"], _bench.Events.Reasons);
        await _bench.PassAsync();
        Assert.Equal(2, _bench.Domains.Calls.Count);
    }

    [Fact]
    public async Task A_record_of_an_older_binding_leaves_an_orphan()
    {
        Say(status: new HypervisorStatus { Releases = [Record(0)] });
        await _bench.RemoveAsync();
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal([_bench.Id], _bench.Memory.Strays.Left);
        Assert.Equal(["OrphanFound"], _bench.Events.Reasons);
    }

    [Fact]
    public async Task A_VM_that_was_released_and_waits_for_a_place_loses_its_guest_here()
    {
        Say(status: new HypervisorStatus { Releases = [Record(1)] });
        await _bench.ChangeAsync(machine => machine with { Status = machine.Status! with { Binding = new Binding { Epoch = 1 } } });
        await _bench.PassAsync();
        Assert.Equal(["destroy ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
    }

    [Fact]
    public async Task A_record_does_not_touch_the_guest_of_a_VM_that_is_bound_here()
    {
        Say(status: new HypervisorStatus { Releases = [Record(1)] });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Contains("Ready=True/Running", _bench.Conditions);
    }

    [Fact]
    public async Task An_orphan_that_a_person_names_is_shut_down_and_removed_once()
    {
        Say();
        await _bench.RemoveAsync();
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Say(new HypervisorSpec { RemoveOrphans = [_bench.Id.ToString()] });
        for (var pass = 0; pass < 4; pass++)
        {
            await _bench.PassAsync();
        }

        Assert.Equal(["shutdown ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
        Assert.Empty(_bench.Memory.Strays.Left);
        Assert.Equal(["OrphanFound", "OrphanRemoved"], _bench.Events.Reasons);
    }

    [Fact]
    public async Task A_VM_that_is_there_is_no_orphan_whoever_names_it()
    {
        Say(new HypervisorSpec { RemoveOrphans = [_bench.Id.ToString()] });
        await _bench.PassAsync();
        await _bench.ChangeAsync(machine => machine with { Metadata = machine.Metadata with { Labels = null } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task A_new_VM_of_the_name_waits_for_the_orphan_which_is_listed_and_starts_when_it_is_removed()
    {
        await _bench.ChangeAsync(machine => machine with { Metadata = machine.Metadata with { Uid = Guid.NewGuid().ToString() } });
        _bench.RestartAgent();
        await _bench.PassAsync();
        Assert.Contains("Stalled=True/DomainNameTaken", _bench.Conditions);
        Assert.Equal([_bench.Id], _bench.Memory.Strays.Left);
        Assert.Empty(_bench.Domains.Calls);

        Say(new HypervisorSpec { RemoveOrphans = [_bench.Id.ToString()] });
        for (var pass = 0; pass < 3; pass++)
        {
            await _bench.PassAsync();
            await _bench.SyncAsync();
        }

        Assert.Equal(["shutdown ns.vm", "undefine ns.vm", "define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.Empty(_bench.Memory.Strays.Left);
    }

    private ReleaseRecord Record(long epoch) => new()
    {
        Uid = _bench.Id.ToString(),
        Namespace = "ns",
        Name = "vm",
        Epoch = epoch,
        Node = VirtualMachineBench.Node,
        BootId = "boot-1",
    };

    private void Say(HypervisorSpec? spec = null, HypervisorStatus? status = null) => _bench.Server.Seed(new Hypervisor
    {
        Metadata = new V1ObjectMeta { Name = VirtualMachineBench.Node },
        Spec = spec ?? new HypervisorSpec(),
        Status = status,
    });
}
