using Berth.Api;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualNetworks;

/// <summary>What one pass over a network has summed up.</summary>
internal sealed class VirtualNetworkScope(VirtualNetwork network) : ReconcileScope<VirtualNetwork>(network)
{
    public NodeCounts? Nodes { get; set; }
}
