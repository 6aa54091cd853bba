using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Operator.Hypervisors;

/// <summary>Finds out whether a node is dead, from the API server and never from a cache.</summary>
internal sealed class NodeDeaths(IKubernetesClient client, INodeHeartbeats heartbeats, string @namespace)
{
    /// <summary>The proof as of now, or null. The Lease is read last: an agent that has just come back is not overlooked.</summary>
    public async Task<NodeDeath?> ProveAsync(string node, CancellationToken cancellationToken)
    {
        if (heartbeats.StaleLeaseOf(node) is not { } stale)
        {
            return null;
        }

        var host = await client.GetAsync<Hypervisor>(node, null, cancellationToken);
        var death = NodeDeath.Of(await client.GetAsync<V1Node>(node, null, cancellationToken), host, isSilent: true);
        return death is not null && await IsStillAsync(node, stale, cancellationToken) ? death : null;
    }

    /// <summary>The operator's record that the VM has left the node, as the API server has it now; null when there is none for its present binding.</summary>
    public async Task<ReleaseRecord?> FindRecordAsync(VirtualMachine machine, string node, CancellationToken cancellationToken) =>
        (await client.GetAsync<Hypervisor>(node, null, cancellationToken))?.RecordOf(machine);

    private async Task<bool> IsStillAsync(string node, StaleLease stale, CancellationToken cancellationToken) =>
        await client.GetAsync<V1Lease>(HeartbeatRecord.LeasePrefix + node, @namespace, cancellationToken) is not { } lease
        || lease.Metadata.ResourceVersion == stale.Version;
}
