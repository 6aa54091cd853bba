using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class PlaceTests
{
    private static readonly string[] Running = ["NetworkReady=True Succeeded", "Ready=True Running", "Scheduled=True Bound", "StorageReady=True Succeeded"];

    [Fact]
    public async Task A_deleted_berth_of_a_running_vm_is_made_again_on_the_same_node_and_the_guest_is_not_touched()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        var lost = rig.Scheduler.Berth("web-1")!.Uid();

        rig.Scheduler.Delete("web-1");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is { } berth && berth.Uid() != lost);
        await rig.SettleAsync();
        Assert.Equal([.. Running.Append("PlaceLost=True WaitingForScheduler").Order(StringComparer.Ordinal)], rig.Machines.Conditions("web"));
        Assert.Equal(VirtualMachineStates.Running, rig.Machines.Get("web").Status?.State);
        Assert.Equal(new Binding { NodeName = "node-1", Epoch = 1 }, rig.Machines.Get("web").Status?.Binding);
        var requirement = rig.Scheduler.Berth("web-1")!.Spec.Affinity!.NodeAffinity!.RequiredDuringSchedulingIgnoredDuringExecution!.NodeSelectorTerms.Single().MatchFields!.Single();
        Assert.Equal(("metadata.name", "In", "node-1"), (requirement.Key, requirement.OperatorProperty, requirement.Values!.Single()));

        rig.Scheduler.Bind("web-1", "node-1");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", VirtualMachineConditions.PlaceLost) is null);
        Assert.Equal(Running, rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task A_berth_that_is_evicted_again_and_again_is_made_again_ever_later()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");

        for (var i = 0; i < 3; i++)
        {
            var evicted = rig.Scheduler.Berth("web-1")!.Uid();
            rig.Scheduler.Fail("web-1", "Evicted", "The node was low on memory.");
            await rig.EventuallyAsync(() => rig.Machines.Condition("web", VirtualMachineConditions.PlaceLost)?.Message.Contains("Evicted", StringComparison.Ordinal) == true);
            Assert.Equal(evicted, rig.Scheduler.Berth("web-1")?.Uid());
            rig.Time.Advance(TimeSpan.FromSeconds(1 << i));
            await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is { } berth && berth.Uid() != evicted);
            rig.Scheduler.Bind("web-1", "node-1");
            await rig.EventuallyAsync(() => rig.Machines.Condition("web", VirtualMachineConditions.PlaceLost) is null);
        }

        Assert.Equal("node-1", rig.Machines.Get("web").BoundNode());
    }

    [Fact]
    public async Task What_the_scheduler_says_about_a_lost_place_is_told()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        rig.Scheduler.Delete("web-1");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        rig.Scheduler.Refuse("web-1", "0/2 nodes are available.");

        await rig.EventuallyAsync(() => rig.Machines.Condition("web", VirtualMachineConditions.PlaceLost)?.Reason == VirtualMachineReasons.Unschedulable);
        Assert.Equal("True", rig.Machines.Condition("web", ConditionTypes.Ready)?.Status);
    }

    [Fact]
    public async Task A_stranger_under_the_berths_name_is_left_alone()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        await rig.StopOperatorAsync();
        rig.Scheduler.Delete("web-1");
        rig.Server.Seed(new V1Pod { Metadata = new V1ObjectMeta { Name = "web-1", NamespaceProperty = OperatorRig.Namespace } });
        await rig.StartOperatorAsync();

        await rig.EventuallyAsync(() => rig.Machines.Condition("web", VirtualMachineConditions.PlaceLost) is not null);
        await rig.SettleAsync();
        Assert.Empty(rig.Scheduler.Berth("web-1")!.Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task A_lost_berth_is_not_made_again_while_the_vm_is_being_deleted()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        rig.Machines.Delete("web");
        await rig.SettleAsync();
        rig.Scheduler.Delete("web-1");
        await rig.SettleAsync();

        Assert.Empty(rig.Scheduler.Berths());
        Assert.NotNull(rig.Machines.Find("web"));
    }

    [Fact]
    public async Task A_lost_berth_is_not_made_again_while_the_namespace_is_terminating()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        rig.Server.Patch<V1Namespace>(OperatorRig.Namespace, null, JsonOf.Patch("""{"status":{"phase":"Terminating"}}"""), "status");
        await rig.SettleAsync();
        rig.Scheduler.Delete("web-1");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", VirtualMachineConditions.PlaceLost) is not null);
        await rig.SettleAsync();

        Assert.Empty(rig.Scheduler.Berths());
    }
}
