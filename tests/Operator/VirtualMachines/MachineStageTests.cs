using Berth.Api;
using Berth.Operator.Tests.Support;
using Berth.Operator.VirtualMachines;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class MachineStageTests
{
    public static TheoryData<bool, string?, long, long?, string, MachineStageName> Cells => new()
    {
        // deleting, bound to, epoch, released epoch, asked, stage
        { false, null, 0, null, PowerStates.Running, MachineStageName.Placing },
        { false, null, 3, 3, PowerStates.Running, MachineStageName.Placing },
        { false, null, 0, null, PowerStates.Stopped, MachineStageName.Resting },
        { false, "node-1", 1, null, PowerStates.Running, MachineStageName.Held },
        { false, "node-1", 3, 2, PowerStates.Running, MachineStageName.Held },
        { false, "node-1", 3, 3, PowerStates.Running, MachineStageName.Released },
        { false, "node-1", 3, 3, PowerStates.Stopped, MachineStageName.Released },
        { false, "node-1", 3, 2, PowerStates.Stopped, MachineStageName.Stopping },
        { true, "node-1", 3, 2, PowerStates.Running, MachineStageName.DeletingHeld },
        { true, "node-1", 3, 3, PowerStates.Running, MachineStageName.DeletingFree },
        { true, null, 3, 3, PowerStates.Running, MachineStageName.DeletingFree },
        { true, null, 0, null, PowerStates.Stopped, MachineStageName.DeletingFree },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void Each_state_of_a_vm_has_its_stage(bool deleting, string? node, long epoch, long? released, string asked, MachineStageName stage)
    {
        var machine = TestMachines.Named("web").Asked(asked).Stored();
        machine.Metadata.DeletionTimestamp = deleting ? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) : null;
        machine.Status = new VirtualMachineStatus { Binding = new Binding { NodeName = node, Epoch = epoch }, ReleasedEpoch = released };
        Assert.Equal(stage.ToString(), MachineStages.Of(machine).ToString());
    }

    /// <summary>The same words, public: test data has to be.</summary>
    public enum MachineStageName
    {
        Placing,
        Held,
        Stopping,
        Released,
        Resting,
        DeletingHeld,
        DeletingFree,
    }
}
