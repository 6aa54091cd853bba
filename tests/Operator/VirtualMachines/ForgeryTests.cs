using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

/// <summary>The operator carries no forged binding on: its label is what makes agents act.</summary>
public sealed class ForgeryTests
{
    [Theory]
    [InlineData("node-2", 99)]
    [InlineData("node-2", 2)]
    [InlineData("node-2", 1)]
    public async Task A_forged_binding_of_a_running_vm_is_not_shown_to_any_agent(string node, long epoch)
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        Bind(rig, node, epoch);
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled)?.Reason == VirtualMachineReasons.BindingInDoubt);
        await rig.SettleAsync();
        Assert.Equal("node-1", rig.Machines.Get("web").Label(BerthLabels.Node));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
        Assert.Contains("berth \"web-1\" still holds the VM's place on node \"node-1\"", rig.Machines.Condition("web", ConditionTypes.Ready)!.Message, StringComparison.Ordinal);

        // Put right, it goes on as before.
        Bind(rig, "node-1", 1);
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", VirtualMachineConditions.Scheduled)?.Status == ConditionStatus.True);
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
    }

    [Fact]
    public async Task A_deleted_vm_with_a_forged_binding_waits_as_well()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        Bind(rig, "node-2", 99);
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled)?.Reason == VirtualMachineReasons.BindingInDoubt);
        rig.Server.Delete<VirtualMachine>("web", OperatorRig.Namespace);
        await rig.SettleAsync();
        Assert.Equal("node-1", rig.Machines.Get("web").Label(BerthLabels.Node));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
    }

    [Fact]
    public async Task A_forged_label_is_put_back_and_so_is_a_finalizer_that_was_taken_off()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        rig.Server.Patch<VirtualMachine>("web", OperatorRig.Namespace, JsonOf.Patch("""{"metadata":{"labels":{"berth.dev/node":"node-2"},"finalizers":null}}"""));
        await rig.EventuallyAsync(() => rig.Machines.Get("web") is var machine && machine.Label(BerthLabels.Node) == "node-1" && machine.HasFinalizer(BerthFinalizers.Release));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
    }

    [Fact]
    public async Task A_forged_binding_is_not_followed_either_when_the_berth_was_deleted_first()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        await rig.StopOperatorAsync();
        rig.Server.Delete<V1Pod>("web-1", OperatorRig.Namespace);
        rig.Server.Patch<VirtualMachine>("web", OperatorRig.Namespace, JsonOf.Patch("""{"status":{"nodeName":null}}"""), "status");
        Bind(rig, "node-2", 2);
        await rig.StartOperatorAsync();
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled)?.Reason == VirtualMachineReasons.BindingInDoubt);
        Assert.Equal("node-1", rig.Machines.Get("web").Label(BerthLabels.Node));
    }

    [Fact]
    public async Task A_vm_that_is_placed_anew_takes_its_label_along()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.BindAsync("web", "node-1");
        rig.Agent.Refuse("web", "No room.");
        await rig.BindAsync("web", "node-2", epoch: 2);
        Assert.Equal("node-2", rig.Machines.Get("web").Label(BerthLabels.Node));
    }

    private static void Bind(OperatorRig rig, string node, long epoch) =>
        rig.Server.Patch<VirtualMachine>("web", OperatorRig.Namespace, JsonOf.Patch($$$"""{"status":{"binding":{"nodeName":"{{{node}}}","epoch":{{{epoch}}} } } }"""), "status");
}
