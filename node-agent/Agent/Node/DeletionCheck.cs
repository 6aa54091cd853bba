using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.Node;

/// <summary>The last question before something is stopped or deleted for an object's deletion: does anybody want that?</summary>
internal static class DeletionCheck
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>A person's word wakes the key; what it was held for may also end otherwise, and that wakes nobody.</summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromMinutes(1);

    /// <summary>Asks the API server whether the deletion of an object is to be carried out.</summary>
    public static async Task<DeletionDecision> JudgeDeletionAsync<T>(this IKubernetesClient client, T seen, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var (live, definition) = await client.GetWithDefinitionAsync<T>(seen.Key(), cancellationToken);
        return DeletionDecision.Of(seen, live, definition);
    }

    /// <summary>True when the kind is defined and stays: only then does the absence of an object of it mean that somebody has deleted it.</summary>
    public static async Task<bool> IsKindWholeAsync<T>(this IKubernetesClient client, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => await client.GetDefinitionAsync<T>(cancellationToken) is { } definition && !definition.IsDeleting();

    /// <summary>Goes on only where the deletion is to be carried out; an object that is given up is the operator's to let go.</summary>
    public static StepResult ToStep(this DeletionDecision decision) => decision.Choice switch
    {
        DeletionChoice.CarryOut => StepResult.Continue,
        DeletionChoice.LookAgain => StepResult.Wait(ConditionReasons.Progressing, decision.Message, LookAgain).Quietly(LookAgain),
        _ => StepResult.Stall(ConditionReasons.DeletionHeld, decision.Message, Recheck),
    };
}
