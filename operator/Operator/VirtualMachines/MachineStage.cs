using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.VirtualMachines;

/// <summary>Where a VM stands between what is asked of it and who holds it.</summary>
internal enum MachineStage
{
    /// <summary>Should run; no node is bound.</summary>
    Placing,

    /// <summary>Should run; a node's agent holds it.</summary>
    Held,

    /// <summary>Should not run; a node's agent still holds it.</summary>
    Stopping,

    /// <summary>The bound node's agent has let go of it; the binding is still written.</summary>
    Released,

    /// <summary>Should not run; no node is bound.</summary>
    Resting,

    /// <summary>Being deleted; a node's agent still holds it.</summary>
    DeletingHeld,

    /// <summary>Being deleted; nobody holds it.</summary>
    DeletingFree,
}

/// <summary>Tells a VM's stage from its object alone.</summary>
internal static class MachineStages
{
    public static MachineStage Of(VirtualMachine machine) => (machine.IsDeleting(), machine.IsReleased(), machine.WantsDomain()) switch
    {
        (true, false, _) => MachineStage.DeletingHeld,
        (true, true, _) => MachineStage.DeletingFree,
        (false, false, true) => MachineStage.Held,
        (false, false, false) => MachineStage.Stopping,
        _ when machine.BoundNode() is not null => MachineStage.Released,
        (_, _, true) => MachineStage.Placing,
        _ => MachineStage.Resting,
    };
}
