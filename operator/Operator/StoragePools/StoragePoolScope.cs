using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.StoragePools;

/// <summary>What one pass over a pool has summed up; what is null stays as it is written.</summary>
internal sealed class StoragePoolScope(StoragePool pool) : ReconcileScope<StoragePool>(pool)
{
    public NodeCounts? Nodes { get; set; }

    public Quantity? Capacity { get; set; }

    public Quantity? Available { get; set; }
}
