using System.Collections.Concurrent;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Runtime.Client;

namespace Berth.Operator.Agents;

/// <summary>The pods that agents run in, which say what node an agent speaks for.</summary>
internal sealed class AgentPods(IKubernetesClient client, AgentAccess access)
{
    // A pod never changes its node, so nothing here gets stale; agents that came and went long ago are not worth the memory.
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<BoundPod, string> _nodes = new();

    /// <summary>The node of an agent's pod that lives at this moment; null when it is gone, on its way out, finished or no agent's.</summary>
    /// <exception cref="KubernetesException">It could not be read.</exception>
    public async Task<string?> LiveNodeOfAsync(BoundPod pod, CancellationToken cancellationToken) =>
        await ReadAsync(pod, cancellationToken) is { } live && !live.IsDeleting() && !live.IsFinished() ? live.Spec.NodeName : null;

    /// <summary>The node of an agent's pod; it may be on its way out, and is remembered. Null when there is none, or it is no agent's.</summary>
    /// <exception cref="KubernetesException">It could not be read.</exception>
    public async ValueTask<string?> NodeOfAsync(BoundPod pod, CancellationToken cancellationToken)
    {
        if (_nodes.TryGetValue(pod, out var known))
        {
            return known;
        }

        if ((await ReadAsync(pod, cancellationToken))?.Spec.NodeName is not { } node)
        {
            return null;
        }

        if (_nodes.Count >= MostRemembered)
        {
            _nodes.Clear();
        }

        return _nodes[pod] = node;
    }

    private async Task<V1Pod?> ReadAsync(BoundPod pod, CancellationToken cancellationToken) =>
        await client.GetAsync<V1Pod>(pod.Name, access.Namespace, cancellationToken) is { } live
            && live.Metadata.Uid == pod.Uid
            && live.Spec.ServiceAccountName == OperatorApi.AgentAccount
            && live.Spec.NodeName is { Length: > 0 }
            ? live
            : null;
}
