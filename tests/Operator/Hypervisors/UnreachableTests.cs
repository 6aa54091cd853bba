using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.Hypervisors;

public sealed class UnreachableTests
{
    [Fact]
    public async Task A_vm_of_a_silent_node_is_unknown_and_its_guest_and_place_are_not_touched()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Beat("node-1");
        rig.Beat("node-2");
        await rig.RunAsync("web", "node-1");
        await rig.RunAsync("app", "node-2");
        await rig.PassAsync(seconds: 70, heard: "node-2");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Reason == VirtualMachineReasons.NodeUnreachable);
        await rig.SettleAsync();

        Assert.Equal(
            ["NetworkReady=True Succeeded", "Ready=Unknown NodeUnreachable", "Reconciling=True NodeUnreachable", "Scheduled=True Bound", "StorageReady=True Succeeded"],
            rig.Machines.Conditions("web"));
        var status = rig.Machines.Get("web").Status!;
        Assert.Equal(VirtualMachineStates.Unknown, status.State);
        Assert.Equal(("node-1", new Binding { NodeName = "node-1", Epoch = 1 }), (status.NodeName, status.Binding));
        Assert.Equal(["app-1", "web-1"], rig.Scheduler.Berths());
        Assert.Equal("True", rig.Machines.Condition("app", ConditionTypes.Ready)?.Status);
    }

    [Fact]
    public async Task The_agent_that_comes_back_speaks_for_its_vms_again()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Beat("node-1");
        rig.Beat("node-2");
        await rig.RunAsync("web", "node-1");
        await rig.PassAsync(seconds: 70, heard: "node-2");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Status == ConditionStatus.Unknown);

        rig.Beat("node-1");
        await rig.PassAsync(seconds: 10, heard: "node-2");
        rig.Agent.Run("web");
        await rig.SettleAsync();
        Assert.Equal(["NetworkReady=True Succeeded", "Ready=True Running", "Scheduled=True Bound", "StorageReady=True Succeeded"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task An_agent_that_writes_but_cannot_renew_is_not_argued_with_for_ever()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Beat("node-1");
        rig.Beat("node-2");
        await rig.RunAsync("web", "node-1");
        await rig.PassAsync(seconds: 70, heard: "node-2");
        for (var i = 0; i < 3; i++)
        {
            await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Status == ConditionStatus.Unknown);
            rig.Agent.Run("web");
        }

        await rig.SettleAsync();
        Assert.Equal("True", rig.Machines.Condition("web", ConditionTypes.Ready)?.Status);
    }

    [Fact]
    public async Task A_cluster_whose_nodes_all_look_silent_keeps_its_statuses()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Beat("node-1");
        rig.Beat("node-2");
        await rig.RunAsync("web", "node-1");
        await rig.PassAsync(seconds: 120, heard: null);
        await rig.SettleAsync();

        Assert.Equal("True", rig.Machines.Condition("web", ConditionTypes.Ready)?.Status);
    }

    [Fact]
    public async Task An_outage_of_the_api_server_does_not_count_as_silence()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Beat("node-1");
        await rig.RunAsync("web", "node-1");
        await rig.PassAsync(seconds: 20, heard: null);
        rig.Server.Faults.Fail(request => request.Resource == "leases", System.Net.HttpStatusCode.InternalServerError);
        await rig.PassAsync(seconds: 300, heard: null);
        rig.Server.Faults.Clear();
        await rig.PassAsync(seconds: 15, heard: null);
        await rig.SettleAsync();
        Assert.Equal("True", rig.Machines.Condition("web", ConditionTypes.Ready)?.Status);
    }
}
