using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>Decides whether this node's agent is the one that works on a volume.</summary>
internal sealed class VolumeOwnership(IObjectStore<VirtualMachine> machines, AgentOptions options)
{
    /// <summary>True when the index label and the status agree on this node: the volume is here, or was given to this node, or to a VM that was.</summary>
    public bool IsMine(StorageVolume volume)
    {
        if (volume.Label(BerthLabels.Node) != options.NodeName || IsReleased(volume))
        {
            return false;
        }

        return volume.Status?.NodeName is { Length: > 0 } node
            ? node == options.NodeName
            : volume.Status?.Executor?.NodeName == options.NodeName || IsOfMachineHere(volume);
    }

    // Said once, it holds until the operator gives the volume to somebody again.
    private static bool IsReleased(StorageVolume volume) =>
        volume.Status?.ReleasedEpoch is { } released && released >= (volume.Status.Executor?.Epoch ?? 0);

    private bool IsOfMachineHere(StorageVolume volume) =>
        volume.ControllerOwner() is { Kind: "VirtualMachine" } owner
        && machines.Get(new ObjectKey(volume.Namespace(), owner.Name)) is { } machine
        && machine.Uid() == owner.Uid
        && machine.IsGivenTo(options.NodeName);
}
