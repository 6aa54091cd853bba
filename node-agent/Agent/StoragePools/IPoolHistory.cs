using Berth.Kubernetes;

namespace Berth.NodeAgent.StoragePools;

/// <summary>What is remembered elsewhere of pools that this node once had.</summary>
internal interface IPoolHistory
{
    /// <summary>The capacity that this node has once reported for the StoragePool with this UID, which says that it was built; null when it never did.</summary>
    Task<Quantity?> FindCapacityAsync(string uid, CancellationToken cancellationToken);
}
