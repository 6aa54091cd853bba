using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Operator.Hypervisors;

namespace Berth.Operator.StorageVolumes;

/// <summary>Chooses the node for a volume that no VM leads to one.</summary>
internal sealed class ExecutorChoice(OperatorStores stores, INodeHeartbeats heartbeats)
{
    /// <summary>The healthy node with the most room left in the pool, less what is promised there and not made yet; null when there is none.</summary>
    public string? Choose(StorageVolume volume)
    {
        if (stores.Pool(volume.Spec.Pool) is not { } pool)
        {
            return null;
        }

        var promised = Promised(pool);
        return stores.HostsFor(pool.Spec.NodeSelector)
            .Where(IsHealthy)
            .Select(host => (Node: host.Name(), Pool: host.Status?.Pools?.FirstOrDefault(found => found.Name == pool.Name())))
            .Where(candidate => candidate.Pool is { Available: true })
            .OrderByDescending(candidate => (candidate.Pool!.Free?.Value ?? 0) - promised.GetValueOrDefault(candidate.Node))
            .ThenBy(candidate => candidate.Node, StringComparer.Ordinal)
            .Select(candidate => candidate.Node)
            .FirstOrDefault();
    }

    private bool IsHealthy(Hypervisor host) =>
        !host.IsDeleting() && host.Status?.Conditions.IsTrue(ConditionTypes.Ready) == true && heartbeats.SilenceOf(host.Name()) is null;

    private Dictionary<string, decimal> Promised(StoragePool pool) => stores.Volumes.List()
        .Where(volume => volume.Status is { CreatedAt: null, Executor.NodeName: not null } && stores.Pool(volume.Spec.Pool)?.Name() == pool.Name())
        .GroupBy(volume => volume.Status!.Executor!.NodeName!, StringComparer.Ordinal)
        .ToDictionary(node => node.Key, node => node.Sum(volume => volume.Spec.Size?.Value ?? 0), StringComparer.Ordinal);
}
