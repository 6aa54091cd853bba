using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class LifeTests
{
    [Fact]
    public async Task A_vm_is_given_a_berth_a_node_and_its_index_label_with_four_writes()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.SettleAsync();
        rig.Server.ForgetRequests();

        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        rig.Scheduler.Bind("web-1", "node-1");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").Label(BerthLabels.Node) == "node-1");
        rig.Agent.Run("web");
        await rig.SettleAsync();

        Assert.Equal(
            ["PATCH poddisruptionbudgets", "PATCH virtualmachines", "POST pods", "PATCH virtualmachines/status", "PATCH virtualmachines"],
            rig.Writes().OrderBy(write => write != "PATCH poddisruptionbudgets"));
        var machine = rig.Machines.Get("web");
        Assert.Equal(new Binding { NodeName = "node-1", Epoch = 1 }, machine.Status?.Binding);
        Assert.True(machine.HasFinalizer(BerthFinalizers.Release));
        Assert.Equal(["NetworkReady=True Succeeded", "Ready=True Running", "Scheduled=True Bound", "StorageReady=True Succeeded"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task A_bound_vm_does_not_look_current_before_its_agent_has_looked()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.BindAsync("web", "node-1");

        var machine = rig.Machines.Get("web");
        Assert.Equal(VirtualMachineStates.Scheduled, machine.Status?.State);
        Assert.Equal(machine.Metadata.Generation, machine.Status?.ObservedGeneration);
        Assert.Equal(["Ready=False Bound", "Reconciling=True Bound", "Scheduled=True Bound"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task Stopping_waits_for_the_agents_release_and_then_gives_up_place_and_node()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");

        rig.Machines.PatchSpec("web", """{"powerState":"Stopped"}""");
        await rig.SettleAsync();
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
        Assert.Equal("node-1", rig.Machines.Get("web").BoundNode());

        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").Label(BerthLabels.Node) is null);
        await rig.SettleAsync();

        var status = rig.Machines.Get("web").Status!;
        Assert.Empty(rig.Scheduler.Berths());
        Assert.Equal(new Binding { NodeName = null, Epoch = 1 }, status.Binding);
        Assert.Equal(VirtualMachineStates.Stopped, status.State);
        Assert.Null(status.NodeName);
        Assert.Null(status.Interfaces);
        Assert.Equal(rig.Machines.Get("web").Metadata.Generation, status.ObservedGeneration);
        Assert.Equal(["Ready=True Stopped", "Scheduled=False Released"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task A_stopped_vm_that_is_started_again_gets_the_next_epoch()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        rig.Machines.PatchSpec("web", """{"powerState":"Stopped"}""");
        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null);

        rig.Machines.PatchSpec("web", """{"powerState":"Running"}""");
        await rig.BindAsync("web", "node-2", epoch: 2);

        Assert.Equal(new Binding { NodeName = "node-2", Epoch = 2 }, rig.Machines.Get("web").Status?.Binding);
        Assert.Equal(["web-2"], rig.Scheduler.Berths());
    }

    [Fact]
    public async Task A_vm_that_is_asked_to_run_while_it_stops_is_placed_anew_after_its_release()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");

        rig.Agent.Release("web");
        await rig.BindAsync("web", "node-2", epoch: 2);

        Assert.Equal(["web-2"], rig.Scheduler.Berths());
        Assert.Equal("node-2", rig.Machines.Get("web").Label(BerthLabels.Node));
    }

    [Fact]
    public async Task A_vm_that_was_never_started_is_stopped_as_asked_without_a_berth()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web").Asked(PowerStates.Stopped));
        await rig.EventuallyAsync(() => rig.Machines.Get("web").Status?.State == VirtualMachineStates.Stopped);
        await rig.SettleAsync();

        Assert.Empty(rig.Scheduler.Berths());
        Assert.Equal(["Ready=True Stopped", "Scheduled=False Released"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task A_guest_that_ended_by_itself_for_good_is_completed_and_holds_nothing()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");

        rig.Agent.Release("web", JsonOf.Patch("""{"completion":{"time":"2026-01-01T00:00:00Z","reason":"Shutdown"}}"""));
        await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null);
        await rig.SettleAsync();

        Assert.Empty(rig.Scheduler.Berths());
        Assert.Equal(VirtualMachineStates.Stopped, rig.Machines.Get("web").Status?.State);
        Assert.Equal(["Ready=True Completed", "Scheduled=False Released"], rig.Machines.Conditions("web"));

        rig.Machines.PatchSpec("web", """{"powerState":"Stopped"}""");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").Status?.Completion is null);
        await rig.SettleAsync();
        Assert.Equal(["Ready=True Stopped", "Scheduled=False Released"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task A_guest_that_crashed_for_good_is_stalled_until_it_is_asked_to_start_again()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");

        rig.Agent.Release("web", JsonOf.Patch("""{"completion":{"time":"2026-01-01T00:00:00Z","reason":"Crashed"}}"""));
        await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null);
        await rig.SettleAsync();
        Assert.Equal(VirtualMachineStates.Crashed, rig.Machines.Get("web").Status?.State);
        Assert.Equal(["Ready=False GuestCrashed", "Scheduled=False GuestCrashed", "Stalled=True GuestCrashed"], rig.Machines.Conditions("web"));

        rig.Machines.PatchSpec("web", """{"restartedAt":"2026-01-01T01:00:00Z"}""");
        await rig.BindAsync("web", "node-1", epoch: 2);
        Assert.Null(rig.Machines.Get("web").Status?.Completion);
    }
}
