using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <summary>What one pass over a VM knows and has decided.</summary>
internal sealed class VirtualMachineScope(VirtualMachine machine, DateTimeOffset now) : ReconcileScope<VirtualMachine>(machine)
{
    public VirtualMachine Machine => Entity;

    /// <summary>The time that this pass goes by.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>The node whose agent holds the VM, or null: then the operator speaks for it.</summary>
    public string? Holder { get; set; } = machine.IsReleased() ? null : machine.BoundNode();

    /// <summary>Node labels that the VM's pools and networks ask for; set by CheckReferences.</summary>
    public IReadOnlyList<IDictionary<string, string>> NodeSelectors { get; set; } = [];

    /// <summary>Nodes that have volumes of the VM; set by CheckVolumes.</summary>
    public IReadOnlyList<string> VolumeNodes { get; set; } = [];

    /// <summary>The API level that the VM needs; set by EnsureBerth.</summary>
    public ApiNeed Need { get; set; } = new(ApiLevels.First, null);

    /// <summary>The VM's berth; set by EnsureBerth.</summary>
    public V1Pod? Berth { get; set; }

    /// <summary>The binding that this pass decided on: a node given to the VM, or none any more.</summary>
    public Binding? NewBinding { get; set; }

    /// <summary>A node's refusal that this pass has taken note of.</summary>
    public PlacementRefusal? Refusal { get; set; }

    /// <summary>Why the berth of a running VM holds no place; null while it does.</summary>
    public PlaceLoss? PlaceLoss { get; set; }

    /// <summary>What is known of the silence of the VM's node; null while its agent is heard.</summary>
    public string? Unreachable { get; set; }

    /// <summary>Refusals that still hold, newest knowledge included.</summary>
    public IReadOnlyList<PlacementRefusal> Refusals =>
    [
        .. (Machine.Status?.PlacementRefusals ?? []).Where(refusal => refusal.Until > Now && refusal.Node != Refusal?.Node),
        .. Refusal is { } fresh ? [fresh] : Array.Empty<PlacementRefusal>(),
    ];
}

/// <summary>Why the berth of a running VM holds no place.</summary>
internal sealed record PlaceLoss(string Reason, string Message);
