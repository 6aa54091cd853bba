using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;
using Berth.Runtime.Conditions;

namespace Berth.Runtime.Reconcile;

/// <summary>Turns a pass's scope and outcome into the patch that its status needs. Pure but for the reconciler's own functions.</summary>
internal sealed class StatusComputer<TEntity, TStatus, TScope>(IReconciler<TEntity, TStatus, TScope> reconciler, JsonTypeInfo<TStatus> typeInfo)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>, IStatus<TStatus>
    where TStatus : class, IConditionedStatus, new()
    where TScope : ReconcileScope<TEntity>
{
    private static readonly string[] StatusOwnersConditions = [KstatusConditions.Ready, KstatusConditions.Reconciling, KstatusConditions.Stalled];

    /// <summary>The merge patch for the status subresource; null when the live status says it all.</summary>
    /// <param name="scope">What the pass knows.</param>
    /// <param name="outcome">How it came out.</param>
    /// <param name="isOverdue">True when what it waits for has been waited for too long to be told as progress.</param>
    /// <param name="now">The time.</param>
    public JsonObject? PatchFor(TScope scope, StepResult outcome, bool isOverdue, DateTimeOffset now)
    {
        // Compared as JSON, as it would be written: what does not show there is no change.
        var live = ToJson(scope.Entity.Status);
        var desired = live.Deserialize(typeInfo)!;
        reconciler.ComputeStatus(scope, outcome, desired);

        var ownsStatus = reconciler.OwnsStatus(scope);
        if (ownsStatus)
        {
            desired.ObservedGeneration = scope.Generation;
        }

        var liveConditions = scope.Entity.Status?.Conditions;
        var conditions = ConditionList.Merge(
            liveConditions,
            reconciler.ConditionsFor(scope, outcome).Concat(OfOutcome(outcome, isOverdue)),
            Owned(scope, ownsStatus),
            scope.Generation,
            now);
        desired.Conditions = conditions.Count == 0 && liveConditions is null ? null : conditions;

        return JsonMergePatch.Diff(live, ToJson(desired)) is { } change ? new JsonObject { ["status"] = change } : null;
    }

    private HashSet<string> Owned(TScope scope, bool ownsStatus)
    {
        var owned = reconciler.ConditionsOwnedIn(scope);
        return ownsStatus ? owned.Union(StatusOwnersConditions).ToHashSet() : owned.Except(StatusOwnersConditions).ToHashSet();
    }

    private static IEnumerable<Condition> OfOutcome(StepResult outcome, bool isOverdue) => outcome.Outcome switch
    {
        StepOutcome.Wait or StepOutcome.Fault => [Condition.True(isOverdue ? KstatusConditions.Stalled : KstatusConditions.Reconciling, outcome.Reason, outcome.Message)],
        StepOutcome.Stall => [Condition.True(KstatusConditions.Stalled, outcome.Reason, outcome.Message)],
        _ => [],
    };

    private JsonObject ToJson(TStatus? status) => status is null ? [] : JsonSerializer.SerializeToNode(status, typeInfo) as JsonObject ?? [];
}
