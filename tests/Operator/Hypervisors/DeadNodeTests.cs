using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Hypervisors;
using Berth.Operator.Tests.Support;
using Berth.Testing.ApiServer;

namespace Berth.Operator.Tests.Hypervisors;

/// <summary>What happens to VMs of a node that a person has declared off.</summary>
public sealed class DeadNodeTests
{
    private const string Boot = "5b0f3c52-8a0f-4d47-9a3b-0c8a0f2f7d11";

    [Fact]
    public async Task A_vm_of_a_silent_node_out_of_service_is_recorded_and_placed_anew_at_a_higher_epoch()
    {
        await using var rig = await StartAsync("web");
        Taint(rig);
        await rig.SettleAsync();
        Assert.Equal(("node-1", 1), (rig.Machines.Get("web").BoundNode(), rig.Machines.Get("web").Epoch()));
        Assert.Null(Host(rig).Status!.Releases);

        await FallSilentAsync(rig);
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-2") is not null);
        Assert.Equal([Record(rig, "web", 1)], Host(rig).Status!.Releases);
        Assert.Contains(BerthFinalizers.Release, Host(rig).Metadata.Finalizers!);
        Assert.Equal(NodeDeathReasons.OutOfService, Host(rig).Status!.Conditions.Find(HypervisorConditions.Dead)?.Reason);
        Assert.Equal(["web-2"], rig.Scheduler.Berths());
        await rig.BindAsync("web", "node-2", epoch: 2);
        await rig.EventuallyAsync(() => rig.Server.List<CoreEvent>().Any(told =>
            (told.Reason, told.InvolvedObject.Name, told.Type) == (VirtualMachineReasons.NodeDead, "web", "Warning") && told.Message!.Contains("node-1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nothing_is_taken_back_while_the_record_cannot_be_written()
    {
        await using var rig = await StartAsync("web");
        Taint(rig);
        rig.Server.Faults.Fail(
            request => request is { Method: "PATCH", Resource: "hypervisors", Subresource: "status" }, System.Net.HttpStatusCode.InternalServerError);
        await FallSilentAsync(rig);
        await rig.SettleAsync();
        Assert.Equal(("node-1", 1), (rig.Machines.Get("web").BoundNode(), rig.Machines.Get("web").Epoch()));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());

        rig.Server.Faults.Clear();
        await rig.PassAsync(seconds: 20, heard: "node-2");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-2") is not null);
        Assert.Equal([Record(rig, "web", 1)], Host(rig).Status!.Releases);
    }

    [Theory]
    [InlineData(Boot, true)]
    [InlineData("5b0f3c52-8a0f-4d47-9a3b-0c8a0f2f7d12", false)]
    public async Task A_fence_holds_for_the_boot_that_it_names(string fenced, bool isReleased)
    {
        await using var rig = await StartAsync("web");
        Fence(rig, fenced);
        await FallSilentAsync(rig);
        if (isReleased)
        {
            await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-2") is not null);
            return;
        }

        await rig.SettleAsync();
        Assert.Equal("node-1", rig.Machines.Get("web").BoundNode());
        Assert.Null(Host(rig).Status!.Releases);
        Assert.Equal("AnotherBoot", Host(rig).Status!.Conditions.Find(HypervisorConditions.FenceContradicted)?.Reason);
    }

    [Fact]
    public async Task Silence_and_a_deleted_Node_prove_nothing()
    {
        await using var rig = await StartAsync("web");
        rig.Server.Delete<V1Node>("node-1");
        await FallSilentAsync(rig);
        await rig.SettleAsync();
        Assert.Equal(("node-1", 1), (rig.Machines.Get("web").BoundNode(), rig.Machines.Get("web").Epoch()));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
        Assert.Null(Host(rig).Status!.Releases);
    }

    [Fact]
    public async Task An_agent_that_is_heard_contradicts_the_fence_and_nothing_is_done()
    {
        await using var rig = await StartAsync("web");
        Fence(rig, Boot);
        for (var passed = 0; passed < 80; passed += 5)
        {
            rig.Beat("node-1");
            await rig.PassAsync(seconds: 5, heard: "node-2");
        }

        await rig.EventuallyAsync(() => Host(rig).Status!.Conditions.IsTrue(HypervisorConditions.FenceContradicted));
        Assert.Equal("node-1", rig.Machines.Get("web").BoundNode());
        Assert.Null(Host(rig).Status!.Releases);
    }

    [Fact]
    public async Task A_vm_with_disks_on_the_node_waits_for_it_and_says_so()
    {
        await using var rig = await StartAsync("web", machine => machine.WithTemplate("root"));
        Taint(rig);
        await FallSilentAsync(rig);
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Message.Contains("waits until the node is back", StringComparison.Ordinal) == true);
        await rig.SettleAsync();
        Assert.Equal(("node-1", 1), (rig.Machines.Get("web").BoundNode(), rig.Machines.Get("web").Epoch()));
        Assert.Null(Host(rig).Status!.Releases);
    }

    [Fact]
    public async Task A_vm_that_is_deleted_while_its_node_is_dead_goes_and_leaves_a_record()
    {
        await using var rig = await StartAsync("web");
        var record = Record(rig, "web", 1);
        Taint(rig);
        rig.Machines.Delete("web");
        await rig.SettleAsync();
        Assert.NotNull(rig.Machines.Find("web"));

        await FallSilentAsync(rig);
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
        Assert.Equal([record], Host(rig).Status!.Releases);
        Assert.Empty(rig.Scheduler.Berths());
    }

    [Fact]
    public async Task A_vm_that_is_deleted_with_its_kind_while_its_node_is_dead_leaves_no_record_and_stays_bound()
    {
        await using var rig = await StartAsync("web");
        Taint(rig);
        rig.Server.DeleteKind<VirtualMachine>();
        await FallSilentAsync(rig);
        await rig.EventuallyAsync(() => Host(rig).Status!.Conditions.IsTrue(HypervisorConditions.Dead));
        await rig.PassAsync(seconds: 20, heard: "node-2");
        await rig.SettleAsync();
        Assert.Null(Host(rig).Status!.Releases);
        Assert.Equal("node-1", rig.Machines.Get("web").BoundNode());

        rig.Server.Answer<VirtualMachine>("web", OperatorRig.Namespace, BerthAnnotations.ConfirmDeletion);
        await rig.PassAsync(seconds: 20, heard: "node-2");
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
        Assert.Single(Host(rig).Status!.Releases!);
    }

    [Fact]
    public async Task A_record_is_withdrawn_when_the_agent_is_back_before_its_vm_has_left()
    {
        await using var rig = await StartAsync("web");
        var record = Record(rig, "web", 1);
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch("""{"metadata": {"finalizers": ["berth.dev/release"]} }"""));
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch(
            $$"""{"status": {"releases": [{"uid": "{{record.Uid}}", "namespace": "shop", "name": "web", "epoch": 1, "node": "node-1", "bootId": "{{Boot}}"}]} }"""), "status");
        await rig.EventuallyAsync(() => Host(rig).Status!.Releases is null && Host(rig).Metadata.Finalizers is null or { Count: 0 });
        Assert.Equal("node-1", rig.Machines.Get("web").BoundNode());
    }

    private static async Task<OperatorRig> StartAsync(string name, Func<VirtualMachine, VirtualMachine>? change = null)
    {
        var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch($$"""{"status": {"bootId": "{{Boot}}"} }"""), "status");
        rig.Beat("node-1");
        rig.Beat("node-2");
        await rig.RunAsync(name, "node-1", change);
        return rig;
    }

    private static Task FallSilentAsync(OperatorRig rig) => rig.PassAsync(seconds: 80, heard: "node-2");

    private static void Taint(OperatorRig rig) => rig.Server.Patch<V1Node>("node-1", null, JsonOf.Patch(
        $$"""{"spec": {"taints": [{"key": "{{NodeDeath.OutOfServiceTaint}}", "value": "nodeshutdown", "effect": "NoExecute"}]} }"""));

    private static void Fence(OperatorRig rig, string boot) =>
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch($$"""{"spec": {"fenced": "{{boot}}"} }"""));

    private static Hypervisor Host(OperatorRig rig) => rig.Server.Find<Hypervisor>("node-1")!;

    private static ReleaseRecord Record(OperatorRig rig, string name, long epoch) => new()
    {
        Uid = rig.Machines.Get(name).Uid(),
        Namespace = OperatorRig.Namespace,
        Name = name,
        Epoch = epoch,
        Node = "node-1",
        BootId = Boot,
    };
}
