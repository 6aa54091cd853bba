using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Operator.Cluster;

/// <summary>Asks the API server whether the deletion of an object is to be carried out.</summary>
internal static class DeletionCheck
{
    public static async Task<DeletionDecision> JudgeDeletionAsync<T>(this IKubernetesClient client, T seen, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var (live, definition) = await client.GetWithDefinitionAsync<T>(seen.Key(), cancellationToken);
        return DeletionDecision.Of(seen, live, definition);
    }
}
