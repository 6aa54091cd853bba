using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Remembers by the node's Hypervisor object. Read live: it is asked only when a folder has no marker.</summary>
internal sealed class ReportedPools(IKubernetesClient client, AgentOptions options) : IPoolHistory
{
    public async Task<Quantity?> FindCapacityAsync(string uid, CancellationToken cancellationToken) =>
        (await client.GetAsync<Hypervisor>(options.NodeName, null, cancellationToken))?.Status?.Pools?.FirstOrDefault(pool => pool.Uid == uid)?.Capacity;
}
