using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Conditions;
using Berth.Runtime.Events;
using Berth.Runtime.Store;
using Berth.Runtime.Tracing;

namespace Berth.Runtime.Reconcile;

/// <summary>One pass over one object: steps, then conditions and status by pure functions, then at most one status write, and an Event when that says that the object stalls.</summary>
/// <remarks>Calls for different keys may run at once; for one key they must not, which the queue sees to.</remarks>
public sealed class ReconcileDriver<TEntity, TStatus, TScope> : IKeyReconciler
    where TEntity : class, IKubernetesObject<V1ObjectMeta>, IStatus<TStatus>
    where TStatus : class, IConditionedStatus, new()
    where TScope : ReconcileScope<TEntity>
{
    // A conflict is an everyday race at first; one that comes back this often is a fault to report.
    private const int ConflictsBeforeFault = 5;

    private readonly IReconciler<TEntity, TStatus, TScope> _reconciler;
    private readonly IObjectStore<TEntity> _store;
    private readonly IKubernetesClient _client;
    private readonly ReconcileDriverOptions _options;
    private readonly TimeProvider _time;
    private readonly EventPublisher? _events;
    private readonly StatusComputer<TEntity, TStatus, TScope> _status;
    private readonly ProgressDeadline _deadline;
    private readonly ConcurrentDictionary<ObjectKey, long> _quietSince = new();
    private readonly ConcurrentDictionary<ObjectKey, int> _conflicts = new();

    public ReconcileDriver(
        IReconciler<TEntity, TStatus, TScope> reconciler, IObjectStore<TEntity> store, IKubernetesClient client, ReconcileDriverOptions options, TimeProvider time,
        EventPublisher? events = null)
    {
        _reconciler = reconciler;
        _store = store;
        _client = client;
        _options = options;
        _time = time;
        _events = events;
        _deadline = new ProgressDeadline(options.ProgressDeadline, time);
        _status = new StatusComputer<TEntity, TStatus, TScope>(reconciler, (JsonTypeInfo<TStatus>)client.JsonOptions.GetTypeInfo(typeof(TStatus)));
    }

    public ActivityContext TraceOf(ObjectKey key) =>
        _store.Get(key) is { } entity ? GenerationTrace.UntilReady(entity.Metadata, entity.Status) : default;

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (_store.Get(key) is not { } entity)
        {
            _quietSince.TryRemove(key, out _);
            _conflicts.TryRemove(key, out _);
            _deadline.Forget(key);
            await _reconciler.OnAbsentAsync(key, cancellationToken);
            return ReconcileResult.Gone;
        }

        try
        {
            var scope = _reconciler.CreateScope(entity);
            var outcome = await RunStepsAsync(scope, cancellationToken);
            if (QuietTimeLeft(key, outcome) is { } left)
            {
                return ReconcileResult.After(outcome.After < left ? outcome.After.Value : left);
            }

            await WriteStatusAsync(scope, outcome, cancellationToken);
            _conflicts.TryRemove(key, out _);
            return ResultOf(outcome);
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            _conflicts.AddOrUpdate(key, 1, (_, count) => count + 1);
            await ReadAgainAsync(key, cancellationToken);
            return ReconcileResult.Again;
        }
    }

    private async Task<StepResult> RunStepsAsync(TScope scope, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var step in _reconciler.StepsFor(scope.Entity))
            {
                using var span = RuntimeActivity.Source.StartActivity("reconcile step");
                span?.SetTag("step", step.Method.Name);
                if (await step(scope, cancellationToken) is { IsContinue: false } outcome)
                {
                    return outcome;
                }
            }

            return StepResult.Done;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (KubernetesException e) when (e.IsConflict && _conflicts.GetValueOrDefault(scope.Key) < ConflictsBeforeFault)
        {
            throw;
        }
        catch (Exception e)
        {
            return StepResult.Fault(e);
        }
    }

    private async Task WriteStatusAsync(TScope scope, StepResult outcome, CancellationToken cancellationToken)
    {
        // With the last finalizer gone the object is gone too.
        if (scope.Entity.IsDeleting() && scope.Entity.Metadata.Finalizers is null or { Count: 0 })
        {
            return;
        }

        try
        {
            var isOverdue = _deadline.IsOver(scope.Key, scope.Generation, outcome, scope.Entity.Status?.Conditions);
            if (_status.PatchFor(scope, outcome, isOverdue, _time.GetUtcNow()) is { } patch)
            {
                var before = scope.Entity;
                scope.Entity = await _client.MergePatchAsync(before, patch, "status", cancellationToken);
                _store.Observe(scope.Entity);
                TellOfStall(before, scope);
            }
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // Deleted meanwhile; the watch will say so.
        }
        catch (KubernetesException e) when (outcome.Exception is { } first && !e.IsConflict)
        {
            throw new AggregateException("The pass failed, and so did the report of it.", first, e);
        }
    }

    /// <summary>A stall needs somebody, so it is told once as an Event too, and again when it is for another reason.</summary>
    private void TellOfStall(TEntity before, TScope scope)
    {
        if (_reconciler.OwnsStatus(scope)
            && StallOf(scope.Entity) is { } stall
            && stall.Reason != StallOf(before)?.Reason)
        {
            _events?.Publish(scope.Entity, EventType.Warning, stall.Reason, stall.Message);
        }
    }

    private static Condition? StallOf(TEntity entity) =>
        entity.Status?.Conditions.Find(KstatusConditions.Stalled) is { Status: ConditionStatus.True } stall ? stall : null;

    /// <summary>How much longer this outcome may go unreported; null when it must be reported now.</summary>
    private TimeSpan? QuietTimeLeft(ObjectKey key, StepResult outcome)
    {
        if (!outcome.IsWait || outcome.QuietFor <= TimeSpan.Zero)
        {
            _quietSince.TryRemove(key, out _);
            return null;
        }

        var left = outcome.QuietFor - _time.GetElapsedTime(_quietSince.GetOrAdd(key, _ => _time.GetTimestamp()));
        return left > TimeSpan.Zero ? left : null;
    }

    private ReconcileResult ResultOf(StepResult outcome) => outcome switch
    {
        { Exception: { } e } => ReconcileResult.Failed(e),
        { After: { } delay } => ReconcileResult.After(delay),
        { IsWait: true } => ReconcileResult.After(_options.WaitRecheck),
        { IsStall: true } when _options.StallRecheck is { } delay => ReconcileResult.After(delay),
        _ => ReconcileResult.Done,
    };

    private async Task ReadAgainAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (await _client.GetAsync<TEntity>(key, cancellationToken) is { } live)
        {
            _store.Observe(live);
        }
    }
}
