using System.Text.Json;
using Berth.Api;
using Berth.Operator.Admission;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Agents;

/// <summary>Finds out whose token it is. It must be an agent's, meant for the operator, and bound to a pod that lives.</summary>
internal sealed class AgentTokens(
    [FromKeyedServices(RuntimeServices.EveryReplica)] IKubernetesClient client, BerthAccounts accounts, AgentPods pods) : IDisposable
{
    private const int LongestToken = 8 * 1024;

    // Anybody can send tokens: however many come, the API server is asked about so many at a time.
    private const int MostAtOnce = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _places = new(MostAtOnce);

    /// <summary>The agent that the token was given to, or why it counts for nothing.</summary>
    /// <exception cref="KubernetesException">The API server cannot be asked.</exception>
    public async Task<(AgentIdentity? Agent, Refusal? Refusal)> WhoseAsync(string? token, CancellationToken cancellationToken)
    {
        if (token is not { Length: > 0 and <= LongestToken })
        {
            return (null, Refusal.Unauthenticated("A bearer token is needed."));
        }

        if (!await _places.WaitAsync(Patience, cancellationToken))
        {
            return (null, Refusal.Unavailable("Too many ask at once; ask again."));
        }

        try
        {
            return await JudgeAsync(await ReviewAsync(token, cancellationToken), cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<TokenReviewStatus?> ReviewAsync(string token, CancellationToken cancellationToken)
    {
        var review = new TokenReview { Spec = new TokenReviewSpec(token, [OperatorApi.TokenAudience]) };
        var request = new RawRequest(HttpMethod.Post, $"/apis/{TokenReview.Version}/tokenreviews")
        {
            Body = JsonSerializer.SerializeToNode(review, TokenReviewJsonContext.Default.TokenReview),
        };
        return (await client.RequestAsync(request, cancellationToken)).Deserialize(TokenReviewJsonContext.Default.TokenReview)?.Status;
    }

    private async Task<(AgentIdentity? Agent, Refusal? Refusal)> JudgeAsync(TokenReviewStatus? status, CancellationToken cancellationToken)
    {
        if (status is not { Authenticated: true, User: { } user } || status.Audiences?.Contains(OperatorApi.TokenAudience) != true)
        {
            return (null, Refusal.Unauthenticated($"The token is not good, or not meant for the audience {OperatorApi.TokenAudience}."));
        }

        if (!accounts.IsAgent(user))
        {
            return (null, Refusal.Forbidden($"The token is not that of the ServiceAccount {OperatorApi.AgentAccount}."));
        }

        if (BoundPod.Of(user) is not { } pod)
        {
            return (null, Refusal.Forbidden("The token is bound to no pod."));
        }

        return await pods.LiveNodeOfAsync(pod, cancellationToken) is { } node
            ? (new AgentIdentity(node, pod), null)
            : (null, Refusal.Forbidden($"The pod \"{pod.Name}\" that the token is bound to does not run an agent on a node (any more)."));
    }
}
