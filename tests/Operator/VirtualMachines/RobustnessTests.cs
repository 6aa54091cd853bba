using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class RobustnessTests
{
    [Fact]
    public async Task A_restarted_operator_writes_nothing_when_nothing_has_changed()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1", machine => machine.WithTemplate("root"));
        rig.Machines.Apply(TestMachines.Named("rest").Asked(PowerStates.Stopped));
        rig.Machines.Apply(TestMachines.Named("wait"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("wait-1") is not null);
        await rig.SettleAsync();

        await rig.StopOperatorAsync();
        rig.Server.ForgetRequests();
        await rig.StartOperatorAsync();
        await rig.SettleAsync();
        Assert.Empty(rig.Writes());
    }

    [Fact]
    public async Task Conflicts_are_read_again_and_never_lose_what_others_wrote()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        var storms = 0;
        rig.Server.Faults.Delay(request => request is { Resource: "virtualmachines", IsWrite: true } && Disturb(rig, ref storms), TimeSpan.Zero);
        await rig.BindAsync("web", "node-1");
        await rig.SettleAsync();

        Assert.True(storms >= 4);
        Assert.Equal("4", rig.Machines.Get("web").Annotation("example.com/storm"));
        Assert.Equal(1, rig.Machines.Get("web").Epoch());
        Assert.Equal(["Ready=False Bound", "Reconciling=True Bound", "Scheduled=True Bound"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task An_answer_that_is_lost_does_not_make_a_second_berth_or_a_second_epoch()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Faults.LoseAnswer(request => request is { Method: "POST", Resource: "pods" });
        rig.Server.Faults.LoseAnswer(request => request is { Method: "PATCH", Resource: "virtualmachines", Subresource: "status" });
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.BindAsync("web", "node-1");
        await rig.SettleAsync();

        Assert.Equal(["web-1"], rig.Scheduler.Berths());
        Assert.Equal(1, rig.Machines.Get("web").Epoch());
    }

    [Fact]
    public async Task Only_the_leader_works_and_the_next_one_goes_on()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        var other = JsonOf.Patch("""{"metadata":{"name":"berth-operator","namespace":"berth-system"},"spec":{"holderIdentity":"other","leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z"}}""");
        rig.Server.Seed("/apis/coordination.k8s.io/v1/namespaces/berth-system/leases/berth-operator", other);
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.StartOperatorAsync(leaderElect: true);
        await rig.SettleAsync();
        Assert.Empty(rig.Writes());
        Assert.Empty(rig.Scheduler.Berths());

        // The other one is not heard for longer than its Lease says.
        rig.Time.Advance(TimeSpan.FromSeconds(4));
        rig.Time.Advance(TimeSpan.FromSeconds(16));
        await rig.EventuallyAsync(() => rig.Scheduler.Berths() is ["web-1"]);
    }

    [Fact]
    public async Task All_work_stops_when_the_lead_is_lost()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        await rig.StartOperatorAsync(leaderElect: true);
        rig.Machines.Apply(TestMachines.Named("first"));
        await rig.EventuallyAsync(() => rig.Scheduler.Berths() is ["first-1"]);
        await rig.SettleAsync();

        rig.Server.Patch<V1Lease>("berth-operator", "berth-system", JsonOf.Patch("""{"spec":{"holderIdentity":"other"}}"""));
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        await rig.EventuallyAsync(() => LeaseReads(rig) > 0);
        rig.Server.ForgetRequests();
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        await rig.EventuallyAsync(() => LeaseReads(rig) > 0);
        rig.Machines.Apply(TestMachines.Named("second"));
        await rig.SettleAsync();

        Assert.Equal(["first-1"], rig.Scheduler.Berths());
        Assert.Equal("other", rig.Server.Find<V1Lease>("berth-operator", "berth-system")!.Spec.HolderIdentity);
    }

    private static int LeaseReads(OperatorRig rig) => rig.Server.Requests.Count(request => request is { Method: "GET", Resource: "leases" } && request.Path.EndsWith("berth-operator", StringComparison.Ordinal));

    // Somebody else writes the object between our read and our write, a few times.
    private static bool Disturb(OperatorRig rig, ref int storms)
    {
        if (storms < 4)
        {
            storms++;
            rig.Server.Patch<VirtualMachine>("web", OperatorRig.Namespace, JsonOf.Patch($$"""{"metadata": {"annotations": {"example.com/storm": "{{storms}}"} } }"""));
        }

        return false;
    }
}
