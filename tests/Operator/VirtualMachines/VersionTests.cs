using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;
using Berth.Testing.ApiServer;

namespace Berth.Operator.Tests.VirtualMachines;

/// <summary>Operator, agents and schema of different versions side by side.</summary>
public sealed class VersionTests
{
    private static readonly ApiLevels WithThreads = new([new(2, "spec.cpu.threads", spec => spec.Cpu?.Threads > 1)]);

    [Fact]
    public async Task A_vm_with_a_field_that_the_operator_does_not_know_is_not_placed_until_it_is_gone()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        rig.Machines.Apply(TestMachines.Named("web"));
        rig.Machines.PatchSpec("web", """{"futureThing":{"a":1}}""");
        await rig.StartOperatorAsync();
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        await rig.SettleAsync();

        Assert.Equal(
            ["Ready=False UnknownField", "Scheduled=False UnknownField", "Stalled=True UnknownField", "UnknownFields=True UnknownField"],
            rig.Machines.Conditions("web"));
        Assert.Contains("spec.futureThing", rig.Machines.Condition("web", ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Scheduler.Berths());

        rig.Machines.PatchSpec("web", """{"futureThing":null}""");
        await rig.BindAsync("web", "node-1");
        await rig.SettleAsync();
        Assert.Null(rig.Machines.Condition("web", VirtualMachineConditions.UnknownFields));
    }

    [Fact]
    public async Task A_berth_that_is_not_bound_yet_is_given_up_when_such_a_field_appears()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        rig.Machines.PatchSpec("web", """{"futureThing":1}""");
        await rig.EventuallyAsync(() => rig.Scheduler.Berths().Count == 0);
        Assert.Null(rig.Machines.Get("web").BoundNode());
    }

    [Fact]
    public async Task A_vm_that_runs_keeps_node_and_berth_and_no_disk_is_made_of_what_is_not_known()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        rig.Machines.PatchSpec("web", """{"disks":[{"name":"more","template":{"size":"1Gi","sealed":true}}]}""");
        await rig.SettleAsync();

        Assert.Equal((1, "node-1"), (rig.Machines.Get("web").Epoch(), rig.Machines.Get("web").BoundNode()));
        Assert.Equal(["web-1"], rig.Scheduler.Berths());
        Assert.Empty(rig.Server.List<StorageVolume>(OperatorRig.Namespace));
    }

    [Fact]
    public async Task Another_kind_with_such_a_field_is_Stalled_and_names_it()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<StoragePool>(TestCluster.Pool, null, JsonOf.Patch("""{"spec":{"futureThing":1}}"""));
        await rig.EventuallyAsync(() => rig.Server.Find<StoragePool>(TestCluster.Pool)?.Status?.Conditions.Find(ConditionTypes.Stalled) is { Reason: ConditionReasons.UnknownField } stalled
            && stalled.Message.Contains("spec.futureThing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_vm_of_a_higher_level_avoids_older_agents_and_its_binding_says_what_it_needs()
    {
        await using var rig = await OperatorRig.StartAsync(levels: WithThreads, startOperator: false);
        SetLevel(rig.Server, "node-1", 1);
        SetLevel(rig.Server, "node-2", 2);
        await rig.StartOperatorAsync();
        await ApplyWithThreadsAsync(rig);
        Assert.Equal(["node-1"], AvoidedBy(rig.Scheduler.Berth("web-1")!));

        await rig.BindAsync("web", "node-2");
        Assert.Equal(2, rig.Machines.Get("web").Status!.Binding!.ApiLevel);
    }

    [Fact]
    public async Task A_node_with_an_older_agent_is_not_given_the_vm_even_if_the_scheduler_chose_it()
    {
        await using var rig = await OperatorRig.StartAsync(levels: WithThreads, startOperator: false);
        SetLevel(rig.Server, "node-1", 2);
        SetLevel(rig.Server, "node-2", 2);
        await rig.StartOperatorAsync();
        await ApplyWithThreadsAsync(rig);

        // Put back in between, and a node that no agent has spoken for.
        rig.Server.Delete<Hypervisor>("node-2");
        rig.Scheduler.Bind("web-1", "node-2");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").Status?.PlacementRefusals is [{ Node: "node-2" }]);
        Assert.Null(rig.Machines.Get("web").BoundNode());
        Assert.Contains("API level 1", rig.Machines.Get("web").Status!.PlacementRefusals![0].Reason, StringComparison.Ordinal);
        Assert.Contains("spec.cpu.threads needs 2", rig.Machines.Get("web").Status!.PlacementRefusals![0].Reason, StringComparison.Ordinal);
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is { } berth && AvoidedBy(berth) is ["node-2"]);
    }

    [Fact]
    public async Task Where_no_agent_is_new_enough_the_vm_says_so_and_is_placed_when_one_is()
    {
        await using var rig = await OperatorRig.StartAsync(levels: WithThreads, startOperator: false);
        SetLevel(rig.Server, "node-1", 1);
        SetLevel(rig.Server, "node-2", 1);
        await rig.StartOperatorAsync();
        await ApplyWithThreadsAsync(rig);
        rig.Scheduler.Refuse("web-1", "0/2 nodes are available.");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready) is { Reason: VirtualMachineReasons.Unschedulable });
        Assert.Contains(
            "spec.cpu.threads needs agents of API level 2: node-1, node-2.", rig.Machines.Condition("web", ConditionTypes.Ready)!.Message, StringComparison.Ordinal);

        SetLevel(rig.Server, "node-2", 2);
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is { } berth && AvoidedBy(berth) is ["node-1"]);
    }

    // A field that every agent carries out stands for one of a later version.
    private static async Task ApplyWithThreadsAsync(OperatorRig rig)
    {
        rig.Machines.Apply(TestMachines.Named("web").With(spec => spec.Cpu = new Cpu { Threads = 2 }));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
    }

    private static void SetLevel(FakeApiServer server, string node, int level) =>
        server.Patch<Hypervisor>(node, null, JsonOf.Patch($$$"""{"status":{"apiLevel":{{{level}}}}}"""), "status");

    private static IReadOnlyList<string> AvoidedBy(V1Pod berth) =>
    [
        .. (berth.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms ?? [])
            .SelectMany(term => term.MatchFields ?? []).Where(field => field.OperatorProperty == "NotIn").SelectMany(field => field.Values ?? []),
    ];
}
