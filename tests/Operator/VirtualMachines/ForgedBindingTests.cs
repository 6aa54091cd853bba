using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

/// <summary>Somebody other than the operator writes what steers the agents. What the operator then does must not make it true.</summary>
public sealed class ForgedBindingTests
{
    [Theory]
    [InlineData("node-2", 1)]
    [InlineData("node-2", 2)]
    [InlineData("node-2", 99)]
    public async Task A_binding_that_nothing_bears_out_is_not_followed(string node, long epoch)
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        Forge(rig, node, epoch);
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled)?.Reason == VirtualMachineReasons.BindingContradicted);
        await rig.SettleAsync();
        Assert.Equal("node-1", rig.Machines.Get("web").Label(BerthLabels.Node));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
        Assert.Equal("Unknown", rig.Machines.Condition("web", ConditionTypes.Ready)?.Status);
        Assert.Equal(VirtualMachineStates.Unknown, rig.Machines.Get("web").Status?.State);

        // A person has put it right: the agent speaks for its VM again.
        Forge(rig, "node-1", 1);
        await rig.SettleAsync();
        rig.Agent.Run("web");
        await rig.SettleAsync();
        Assert.Equal(["NetworkReady=True Succeeded", "Ready=True Running", "Scheduled=True Bound", "StorageReady=True Succeeded"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task A_rewritten_label_is_put_right()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        rig.Server.Patch<VirtualMachine>("web", OperatorRig.Namespace, JsonOf.Patch($$"""{"metadata": {"labels": {"{{BerthLabels.Node}}": "node-2"} } }"""));
        await rig.EventuallyAsync(() => rig.Machines.Get("web").Label(BerthLabels.Node) == "node-1");
        await rig.SettleAsync();
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
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

    private static void Forge(OperatorRig rig, string node, long epoch) =>
        rig.Machines.PatchStatus("web", $$"""{"binding": {"nodeName": "{{node}}", "epoch": {{epoch}}} }""");
}
