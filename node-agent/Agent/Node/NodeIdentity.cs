using Berth.Kubernetes;
using Berth.NodeAgent.Host;
using Berth.Runtime.Client;

namespace Berth.NodeAgent.Node;

/// <summary>Reads the identity from the host and from the API server.</summary>
internal sealed class NodeIdentity(IKubernetesClient client, HostFiles host) : INodeIdentity
{
    private string? _clusterId;

    public string MachineId { get; } = host.MachineId();

    public async Task<string> GetClusterIdAsync(CancellationToken cancellationToken) => _clusterId ??=
        (await client.GetAsync<V1Namespace>("kube-system", null, cancellationToken))?.Metadata.Uid
        ?? throw new InvalidOperationException("The cluster has no namespace kube-system, whose UID identifies it.");
}
