using Berth.Api;
using Berth.NodeAgent.Domains;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What one pass over a VM knows. Steps fill it; status and conditions are computed from it.</summary>
internal sealed class VirtualMachineScope(VirtualMachine machine) : ReconcileScope<VirtualMachine>(machine)
{
    /// <summary>The VM. Shared with the store: never changed.</summary>
    public VirtualMachine Machine => Entity;

    /// <summary>UUID of the VM's domain.</summary>
    public Guid DomainId { get; } = DomainInputs.DomainId(machine);

    /// <summary>The domain as last read in this pass; null when libvirt says that there is none, or before it was asked.</summary>
    public Domain? Domain { get; set; }

    /// <summary>True once libvirt has answered in this pass.</summary>
    public bool DomainIsKnown { get; set; }

    /// <summary>True when libvirt was not reached: nothing is known about the guest.</summary>
    public bool LibvirtIsLost { get; set; }

    /// <summary>True when the guest runs under this binding: the steps that follow may look, and may not touch it.</summary>
    public bool IsRunningHere => Domain is { IsActive: true } domain && domain.Owner?.Epoch == Machine.Epoch();

    /// <summary>Whether the disks are there; null before it was looked at.</summary>
    public Requirement? Storage { get; set; }

    /// <summary>Whether the networks are there; null before it was looked at.</summary>
    public Requirement? Network { get; set; }

    /// <summary>What the node found for the domain, as far as the steps have come.</summary>
    public DomainParts? Parts { get; set; }

    /// <summary>The user-data that the VM names in a Secret, for the seed of this start; null where it names none.</summary>
    public byte[]? UserData { get; set; }

    /// <summary>True when this start takes the seed of the last one.</summary>
    public bool KeepsSeed { get; set; }

    /// <summary>The domain as the spec would have it started now; null while something of it is missing.</summary>
    public DomainInput? Wanted { get; set; }

    /// <summary>Differences that wait for a restart.</summary>
    public IReadOnlyList<Finding> Findings { get; set; } = [];

    /// <summary>Addresses of interfaces by MAC; null when they were not looked at.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Addresses { get; set; }

    /// <summary>How the guest ended for good, found in this pass.</summary>
    public Completion? Completion { get; set; }

    /// <summary>How often restartPolicy has started the guest again, this pass included; null leaves it.</summary>
    public int? Restarts { get; set; }

    /// <summary>True when nothing of the VM is left on this node, and nothing will start under this binding.</summary>
    public bool IsReleased { get; set; }

    /// <summary>True when the VM is being deleted, and the API server has confirmed that this is to be carried out.</summary>
    public bool DeletionIsHonoured { get; set; }

    /// <summary>Why the node does not take the VM; null when it does.</summary>
    public string? Refusal { get; set; }
}
