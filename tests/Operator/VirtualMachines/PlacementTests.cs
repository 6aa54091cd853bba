using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class PlacementTests
{
    [Fact]
    public async Task Waiting_for_the_scheduler_is_told_only_after_two_seconds()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        await rig.SettleAsync();
        Assert.Equal(-1, rig.Machines.Get("web").Status?.ObservedGeneration);

        await rig.PassAsync(TimeSpan.FromSeconds(2));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready) is not null);
        await rig.SettleAsync();
        Assert.Equal(
            ["Ready=False WaitingForScheduler", "Reconciling=True WaitingForScheduler", "Scheduled=False WaitingForScheduler"],
            rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task What_the_scheduler_says_is_told_at_once()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        rig.Scheduler.Refuse("web-1", "0/2 nodes are available: 2 Insufficient memory.");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready) is not null);
        await rig.SettleAsync();

        Assert.Equal(["Ready=False Unschedulable", "Reconciling=True Unschedulable", "Scheduled=False Unschedulable"], rig.Machines.Conditions("web"));
        Assert.Equal("0/2 nodes are available: 2 Insufficient memory.", rig.Machines.Condition("web", VirtualMachineConditions.Scheduled)?.Message);
        Assert.Equal(VirtualMachineStates.Pending, rig.Machines.Get("web").Status?.State);
    }

    [Fact]
    public async Task A_refusal_takes_the_vm_away_from_the_node_with_a_growing_back_off()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.BindAsync("web", "node-1");
        rig.Agent.Refuse("web", "Not enough free memory.");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-2") is not null);
        await rig.SettleAsync();

        Assert.Equal(["web-2"], rig.Scheduler.Berths());
        var first = Assert.Single(rig.Machines.Get("web").Status!.PlacementRefusals!);
        Assert.Equal(("node-1", "Not enough free memory."), (first.Node, first.Reason));
        Assert.InRange(first.Until - rig.Time.GetUtcNow(), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        Assert.Equal(["node-1"], AvoidedBy(rig.Scheduler.Berth("web-2")!));
        Assert.Equal(["Ready=False PlacementRefused", "Reconciling=True PlacementRefused", "Scheduled=False PlacementRefused"], rig.Machines.Conditions("web"));

        await rig.PassAsync(TimeSpan.FromSeconds(12));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-2") is { } berth && AvoidedBy(berth).Count == 0);
        await rig.BindAsync("web", "node-1", epoch: 2);
        rig.Agent.Refuse("web", "Not enough free memory.");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").Status is { PlacementRefusals: [{ } second] } && second.Until - rig.Time.GetUtcNow() > TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_vm_that_was_refused_runs_on_another_node()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.BindAsync("web", "node-1");
        rig.Agent.Refuse("web", "Not enough free memory.");
        await rig.BindAsync("web", "node-2", epoch: 2);
        rig.Agent.Run("web");
        await rig.SettleAsync();

        Assert.Equal(["NetworkReady=True Succeeded", "Ready=True Running", "Scheduled=True Bound", "StorageReady=True Succeeded"], rig.Machines.Conditions("web"));
        Assert.Equal("node-2", rig.Machines.Get("web").Label(BerthLabels.Node));
    }

    [Fact]
    public async Task A_berth_that_its_kubelet_rejects_counts_as_a_refusal()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        var rejected = rig.Scheduler.Berth("web-1")!.Uid();
        rig.Scheduler.BindAndFail("web-1", "node-1", "OutOfmemory", "Too much.");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is { } berth && berth.Uid() != rejected && AvoidedBy(berth) is ["node-1"]);

        Assert.Null(rig.Machines.Get("web").BoundNode());
        Assert.Equal("OutOfmemory: Too much.", Assert.Single(rig.Machines.Get("web").Status!.PlacementRefusals!).Reason);
    }

    [Fact]
    public async Task An_edit_before_the_binding_makes_the_berth_anew_under_its_name()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        var small = rig.Scheduler.Berth("web-1")!;
        rig.Machines.PatchSpec("web", """{"memory":{"size":"1Gi"}}""");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is { } berth && berth.Uid() != small.Uid());

        Assert.True(MemoryOf(rig.Scheduler.Berth("web-1")!) > Quantity.Parse("1Gi"));
        Assert.True(MemoryOf(small) < Quantity.Parse("1Gi"));
    }

    [Fact]
    public async Task A_pod_of_the_berths_name_that_is_somebody_elses_is_not_taken_for_the_berth()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Seed(new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = "web-1", NamespaceProperty = OperatorRig.Namespace, Labels = new Dictionary<string, string> { [BerthLabels.VirtualMachine] = "web" } },
            Spec = new V1PodSpec { NodeName = "node-1" },
        });
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        await rig.SettleAsync();

        Assert.Equal(["Ready=False InvalidSpec", "Scheduled=False InvalidSpec", "Stalled=True InvalidSpec"], rig.Machines.Conditions("web"));
        Assert.Null(rig.Machines.Get("web").BoundNode());
        Assert.DoesNotContain(rig.Writes(), write => write.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_berth_of_a_former_vm_of_the_same_name_is_removed_and_not_taken()
    {
        await using var rig = await OperatorRig.StartAsync();
        var former = TestMachines.Named("web").Stored("11111111-1111-1111-1111-111111111111");
        var left = rig.Server.Seed(new BerthBuilder(new BerthOptions()).Build(new BerthRequest(former, 1)));
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1")?.Uid() != left.Uid());

        await rig.PassAsync(TimeSpan.FromSeconds(1));
        await rig.BindAsync("web", "node-1");
        Assert.True(rig.Scheduler.Berth("web-1")!.IsBerthOf(rig.Machines.Get("web")));
    }

    [Fact]
    public async Task A_berth_of_an_older_epoch_that_is_still_around_is_deleted()
    {
        await using var rig = await OperatorRig.StartAsync();
        var machine = TestMachines.Named("web").Stored();
        machine.Status = new VirtualMachineStatus { Binding = new Api.Binding { Epoch = 4 }, ReleasedEpoch = 4 };
        rig.Machines.Apply(machine);
        rig.Server.Seed(new BerthBuilder(new BerthOptions()).Build(new BerthRequest(rig.Machines.Get("web"), 3)));

        await rig.EventuallyAsync(() => rig.Scheduler.Berths() is ["web-5"]);
        await rig.BindAsync("web", "node-1", epoch: 5);
    }

    [Fact]
    public async Task What_this_version_does_not_carry_out_stalls_and_gets_no_berth()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web").With(spec => spec.Firmware!.Type = "uefi"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        await rig.SettleAsync();

        Assert.Equal(["Ready=False NotSupported", "Scheduled=False NotSupported", "Stalled=True NotSupported"], rig.Machines.Conditions("web"));
        Assert.Contains("spec.firmware.type", rig.Machines.Condition("web", ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Scheduler.Berths());

        rig.Machines.PatchSpec("web", """{"firmware":{"type":"bios"}}""");
        await rig.BindAsync("web", "node-1");
        Assert.Equal(["Ready=False Bound", "Reconciling=True Bound", "Scheduled=True Bound"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task A_waiting_vm_whose_spec_is_spoilt_gives_its_place_up()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        rig.Machines.PatchSpec("web", """{"firmware":{"type":"uefi"}}""");

        await rig.EventuallyAsync(() => rig.Scheduler.Berths().Count == 0 && rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
    }

    private static IReadOnlyList<string> AvoidedBy(V1Pod berth) =>
    [
        .. (berth.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms ?? [])
            .SelectMany(term => term.MatchFields ?? [])
            .Where(field => field.OperatorProperty == "NotIn")
            .SelectMany(field => field.Values!),
    ];

    private static Quantity MemoryOf(V1Pod berth) => berth.Spec.Containers![0].Resources!.Requests!["memory"];
}
