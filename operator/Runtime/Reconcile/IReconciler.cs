using Berth.Kubernetes;

namespace Berth.Runtime.Reconcile;

/// <summary>How one role brings objects of one kind to what their spec asks. The driver calls these in order, one object at a time per key.</summary>
public interface IReconciler<TEntity, TStatus, TScope>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>, IStatus<TStatus>
    where TStatus : class, IConditionedStatus, new()
    where TScope : ReconcileScope<TEntity>
{
    /// <summary>The types of condition that this role always writes; one that is not computed is removed. Others are kept as they are.</summary>
    /// <remarks>Ready, Reconciling and Stalled need not be named: they belong to whoever <see cref="OwnsStatus"/>.</remarks>
    IReadOnlySet<string> OwnedConditions { get; }

    /// <summary>The same for one object, where it depends on who else speaks for it at present. Default: <see cref="OwnedConditions"/>.</summary>
    IReadOnlySet<string> ConditionsOwnedIn(TScope scope) => OwnedConditions;

    TScope CreateScope(TEntity entity);

    /// <summary>The steps for an object in this state. A step runs only when all before it said Continue.</summary>
    IReadOnlyList<Step<TScope>> StepsFor(TEntity entity);

    /// <summary>Sets the status fields of this role to what the scope says, conditions and observedGeneration apart. Pure; runs on every pass, also when a step threw.</summary>
    /// <param name="scope">What the pass knows.</param>
    /// <param name="outcome">How its steps came out.</param>
    /// <param name="desired">A copy of the live status; what is not changed stays.</param>
    void ComputeStatus(TScope scope, StepResult outcome, TStatus desired);

    /// <summary>The conditions of this role, all of them on every pass. Pure. Ready belongs here; Reconciling and Stalled come from the outcome.</summary>
    IEnumerable<Condition> ConditionsFor(TScope scope, StepResult outcome);

    /// <summary>Whether this role writes Ready, Reconciling, Stalled and observedGeneration of this object. False where another role does at present.</summary>
    bool OwnsStatus(TScope scope) => true;

    /// <summary>The store holds no object of this key. That proves nothing: it only says to look elsewhere.</summary>
    Task OnAbsentAsync(ObjectKey key, CancellationToken cancellationToken) => Task.CompletedTask;
}
