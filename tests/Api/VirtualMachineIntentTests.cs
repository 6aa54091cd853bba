using Berth.Kubernetes;

namespace Berth.Api.Tests;

public sealed class VirtualMachineIntentTests
{
    private static readonly DateTimeOffset Earlier = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Earlier.AddHours(1);

    [Theory]
    [InlineData("Running", false, false, false, true)]
    [InlineData("Stopped", false, false, false, false)]
    [InlineData("Running", true, false, false, false)]
    [InlineData("Stopped", true, false, false, false)]
    [InlineData("Running", false, true, false, false)]
    [InlineData("Running", false, true, true, true)]
    [InlineData("Stopped", false, true, true, false)]
    [InlineData("Running", true, true, true, false)]
    [InlineData("Paused", false, false, false, true)]
    public void A_domain_is_wanted(string powerState, bool deleting, bool completed, bool restartedSince, bool wanted)
    {
        var machine = Machine(powerState, deleting);
        machine.Spec.RestartedAt = restartedSince ? Later : Earlier;
        machine.Status!.Completion = completed ? new() { Time = Later, Reason = "Shutdown", RestartedAt = Earlier } : null;

        Assert.Equal(wanted, machine.WantsDomain());
    }

    [Fact]
    public void A_VM_that_never_had_a_restart_is_completed_until_it_is_asked_for_one()
    {
        var machine = Machine();
        machine.Status!.Completion = new() { Time = Later, Reason = "Shutdown" };
        Assert.True(machine.IsCompleted());

        machine.Spec.RestartedAt = Earlier;

        Assert.False(machine.IsCompleted());
    }

    [Fact]
    public void Stopping_a_completed_VM_forgets_the_completion() =>
        Assert.False(Completed(Machine(PowerStates.Stopped)).IsCompleted());

    // node: the binding's; released: the epoch that the agent has let go of; label: the index.
    [Theory]
    [InlineData(null, 0, null, null, true, false, false)]
    [InlineData("", 3, null, null, true, false, false)]
    [InlineData("n1", 1, null, "n1", false, true, true)]
    [InlineData("n1", 1, null, null, false, true, false)]
    [InlineData("n1", 1, null, "n2", false, true, false)]
    [InlineData("n1", 2, 1L, "n1", false, true, true)]
    [InlineData("n1", 2, 2L, "n1", true, false, false)]
    [InlineData("n1", 2, 3L, "n1", true, false, false)]
    [InlineData("n2", 2, 1L, "n1", false, false, false)]
    [InlineData("n2", 2, 1L, "n2", false, false, false)]
    public void A_node_holds_a_VM_until_it_is_released(string? node, long epoch, long? released, string? label, bool isReleased, bool heldByOne, bool givenToOne)
    {
        var machine = Machine();
        machine.Metadata.Labels = label is null ? null : new Dictionary<string, string> { [BerthLabels.Node] = label };
        (machine.Status!.Binding, machine.Status.ReleasedEpoch) = (new() { NodeName = node, Epoch = epoch }, released);

        Assert.Equal(isReleased, machine.IsReleased());
        Assert.Equal(heldByOne, machine.IsHeldBy("n1"));
        Assert.Equal(givenToOne, machine.IsGivenTo("n1"));
        Assert.Equal(epoch, machine.Epoch());
    }

    [Fact]
    public void A_VM_that_nobody_has_looked_at_is_bound_to_nothing()
    {
        var machine = new VirtualMachine();

        Assert.Null(machine.BoundNode());
        Assert.Equal(0, machine.Epoch());
        Assert.True(machine.IsReleased());
        Assert.False(machine.IsHeldBy("n1"));
        Assert.False(machine.IsHeldBy(""));
        Assert.False(machine.IsGivenTo("n1"));
    }

    [Fact]
    public void A_disk_is_kept_in_the_volume_that_it_names_or_in_one_named_after_it()
    {
        var machine = Machine();

        Assert.Equal("web-root", machine.VolumeNameOf(new() { Name = "root", Template = new() }));
        Assert.Equal("data", machine.VolumeNameOf(new() { Name = "x", Volume = new() { Name = "data" } }));
    }

    private static VirtualMachine Machine(string powerState = PowerStates.Running, bool deleting = false) => new()
    {
        Metadata = new V1ObjectMeta { Name = "web", DeletionTimestamp = deleting ? Later : null },
        Spec = new() { PowerState = powerState },
        Status = new(),
    };

    private static VirtualMachine Completed(VirtualMachine machine)
    {
        machine.Status!.Completion = new() { Time = Later, Reason = "Shutdown" };
        return machine;
    }
}
