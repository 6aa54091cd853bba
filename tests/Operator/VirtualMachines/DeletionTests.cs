using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class DeletionTests
{
    [Fact]
    public async Task A_running_vm_goes_after_its_release_with_volumes_then_berth_then_finalizer()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1", machine => machine.WithTemplate("root"));
        rig.Server.ForgetRequests();

        rig.Machines.Delete("web");
        await rig.SettleAsync();
        Assert.Equal("node-1", rig.Machines.Get("web").BoundNode());
        Assert.False(rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace)!.IsDeleting());

        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace)!.IsDeleting());
        await rig.SettleAsync();
        Assert.NotNull(rig.Machines.Find("web"));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());

        rig.Agent.ReleaseVolume("web-root");
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
        await rig.SettleAsync();
        Assert.Empty(rig.Scheduler.Berths());
        Assert.Empty(rig.Server.List<StorageVolume>());
        Assert.Equal(
            ["DELETE storagevolumes", "DELETE pods", "PATCH virtualmachines"],
            rig.Writes().Where(write => write is "DELETE storagevolumes" or "DELETE pods" or "PATCH virtualmachines"));
    }

    [Fact]
    public async Task A_vm_without_a_node_needs_no_agent_to_go()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        rig.Machines.Delete("web");

        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null && rig.Scheduler.Berths().Count == 0);
    }

    [Fact]
    public async Task A_vm_that_was_bound_but_never_shown_to_its_agent_is_shown_to_be_released()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        var machine = TestMachines.Named("web").Stored();
        machine.Metadata.Finalizers = [BerthFinalizers.Release];
        machine.Metadata.DeletionTimestamp = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        machine.Status = new VirtualMachineStatus { Binding = new Api.Binding { NodeName = "node-1", Epoch = 1 } };
        rig.Machines.Apply(machine);
        await rig.StartOperatorAsync();

        await rig.EventuallyAsync(() => rig.Machines.Get("web").Label(BerthLabels.Node) == "node-1");
        await rig.SettleAsync();
        Assert.NotNull(rig.Machines.Find("web"));

        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
    }

    [Fact]
    public async Task An_operator_that_is_killed_anywhere_on_the_way_goes_on_where_it_was()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1", machine => machine.WithTemplate("root"));
        rig.Machines.Delete("web");
        rig.Agent.Release("web");

        // One more request is answered in each life, then the next is cut off.
        for (var life = 0; life < 12 && rig.Machines.Find("web") is not null; life++)
        {
            await rig.StopOperatorAsync();
            if (rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace) is { } volume && volume.IsDeleting())
            {
                rig.Agent.ReleaseVolume("web-root");
            }

            var allowed = life;
            rig.Server.Faults.Clear();
            rig.Server.Faults.Cut(request => request.IsWrite && --allowed < 0);
            await rig.StartOperatorAsync();
            await rig.SettleAsync();
        }

        Assert.Null(rig.Machines.Find("web"));
        Assert.Empty(rig.Scheduler.Berths());
        Assert.Empty(rig.Server.List<StorageVolume>());
    }

    [Fact]
    public async Task A_volume_of_its_own_life_outlives_the_vm()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Seed(new StorageVolume { Metadata = new V1ObjectMeta { Name = "data", NamespaceProperty = OperatorRig.Namespace }, Spec = new StorageVolumeSpec { Size = Quantity.Parse("1Gi") } });
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("data", OperatorRig.Namespace)?.Label(BerthLabels.Node) is not null);
        rig.Agent.Make("data", rig.Server.Find<StorageVolume>("data", OperatorRig.Namespace)!.Status!.Executor!.NodeName!);
        rig.Machines.Apply(TestMachines.Named("web").WithVolume("data", "data"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        rig.Machines.Delete("web");
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
        await rig.SettleAsync();

        Assert.False(rig.Server.Find<StorageVolume>("data", OperatorRig.Namespace)!.IsDeleting());
    }
}
