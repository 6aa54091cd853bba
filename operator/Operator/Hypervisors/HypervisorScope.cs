using Berth.Api;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.Hypervisors;

/// <summary>What one pass over a Hypervisor knows and has decided.</summary>
internal sealed class HypervisorScope(Hypervisor host) : ReconcileScope<Hypervisor>(host)
{
    public Hypervisor Host => Entity;

    /// <summary>Proof that the node is dead, or null.</summary>
    public NodeDeath? Death { get; set; }

    /// <summary>True when the agent has been heard since it was declared off under its present boot.</summary>
    public bool IsContradicted { get; set; }

    /// <summary>The records as they should be; null leaves them.</summary>
    public IReadOnlyList<ReleaseRecord>? Releases { get; set; }
}
