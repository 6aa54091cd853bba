using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>What a VirtualMachine's spec and binding mean; operator and agents decide by the same functions.</summary>
public static class VirtualMachineIntent
{
    /// <summary>The disks that are there, also of a spec that no validation has seen: a list from outside can hold nulls.</summary>
    public static IEnumerable<Disk> GivenDisks(this VirtualMachine machine) => (machine.Spec?.Disks ?? []).OfType<Disk>();

    /// <summary>The interfaces that are there, also of a spec that no validation has seen.</summary>
    public static IEnumerable<Interface> GivenInterfaces(this VirtualMachine machine) => (machine.Spec?.Interfaces ?? []).OfType<Interface>();

    /// <summary>True when the VM should have a domain: asked to run, not being deleted, and not ended by itself for good.</summary>
    public static bool WantsDomain(this VirtualMachine machine) =>
        !machine.IsDeleting() && !machine.IsMeantToRest();

    /// <summary>True when the VM should have no domain by what it says itself: asked to be stopped, or ended by itself for good.</summary>
    public static bool IsMeantToRest(this VirtualMachine machine) => machine.Spec.PowerState == PowerStates.Stopped || machine.IsCompleted();

    /// <summary>True while the guest has ended by itself, restartPolicy leaves it so, and nobody has asked for another start since.</summary>
    public static bool IsCompleted(this VirtualMachine machine) =>
        machine.Status?.Completion is { } completion
        && machine.Spec.PowerState != PowerStates.Stopped
        && completion.RestartedAt == machine.Spec.RestartedAt;

    /// <summary>The node that the VM is given to, or null.</summary>
    public static string? BoundNode(this VirtualMachine machine) =>
        machine.Status?.Binding is { NodeName: { Length: > 0 } node } ? node : null;

    /// <summary>The epoch of the latest binding; 0 when there was none.</summary>
    public static long Epoch(this VirtualMachine machine) => machine.Status?.Binding?.Epoch ?? 0;

    /// <summary>True when the bound node has said that no domain of the VM exists there, or nothing is bound.</summary>
    public static bool IsReleased(this VirtualMachine machine) =>
        machine.BoundNode() is null || machine.Status?.ReleasedEpoch >= machine.Epoch();

    /// <summary>True when <paramref name="node"/>'s agent is the one that computes Ready: the VM is bound to it and not released.</summary>
    public static bool IsHeldBy(this VirtualMachine machine, string node) => machine.BoundNode() == node && !machine.IsReleased();

    /// <summary>True when status and index label agree that <paramref name="node"/>'s agent may act.</summary>
    public static bool IsGivenTo(this VirtualMachine machine, string node) =>
        machine.IsHeldBy(node) && machine.Label(BerthLabels.Node) == node;

    /// <summary>Name of the StorageVolume that a templated disk is kept in.</summary>
    public static string VolumeNameOf(this VirtualMachine machine, Disk disk) =>
        disk.Volume?.Name ?? $"{machine.Name()}-{disk.Name}";
}
