using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.NodeAgent.Node;

/// <summary>Which cluster this is: the UID of its kube-system namespace. Whatever carries another cluster's is never touched.</summary>
internal sealed class ClusterIdentity(IKubernetesClient client)
{
    private const string SystemNamespace = "kube-system";

    private volatile string? _id;

    /// <summary>The cluster's id; read once, without a cache.</summary>
    /// <exception cref="KubernetesException">The API server did not answer.</exception>
    public async Task<string> GetIdAsync(CancellationToken cancellationToken)
    {
        if (_id is { } known)
        {
            return known;
        }

        var system = await client.GetAsync<V1Namespace>(SystemNamespace, null, cancellationToken)
            ?? throw new InvalidOperationException($"The cluster has no namespace {SystemNamespace}.");
        return _id = system.Uid();
    }
}
