using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.StorageVolumes;

/// <summary>Where a volume stands, as far as it is the operator's business.</summary>
internal enum VolumeStage
{
    /// <summary>No node yet: the operator chooses one.</summary>
    Placing,

    /// <summary>A node's agent works on it.</summary>
    Given,

    /// <summary>Made for a VM: its node is the VM's.</summary>
    MachinesOwn,

    /// <summary>Being deleted.</summary>
    Deleting,
}

/// <summary>Tells a volume's stage, and whose it is, from its object alone.</summary>
internal static class VolumeStages
{
    public static VolumeStage Of(StorageVolume volume) => volume switch
    {
        _ when volume.IsDeleting() => VolumeStage.Deleting,
        _ when volume.VirtualMachineOwner() is not null => VolumeStage.MachinesOwn,
        _ when GivenTo(volume) is not null => VolumeStage.Given,
        _ => VolumeStage.Placing,
    };

    /// <summary>The node whose agent status names for the volume: where it is, else its executor. The index label alone is not enough.</summary>
    public static string? GivenTo(StorageVolume volume) => volume.Status switch
    {
        { NodeName: { Length: > 0 } node } => node,
        { Executor.NodeName: { Length: > 0 } node } => node,
        _ => null,
    };

    /// <summary>True when no agent was ever told of the volume: nothing of it can be anywhere.</summary>
    public static bool WasNeverGiven(StorageVolume volume) => GivenTo(volume) is null && string.IsNullOrEmpty(volume.Label(BerthLabels.Node));

    /// <summary>True when the agent has said that nothing of the volume is left, for all that it was ever given.</summary>
    public static bool IsReleased(StorageVolume volume) => volume.Status?.ReleasedEpoch >= (volume.Status?.Executor?.Epoch ?? 0);
}
