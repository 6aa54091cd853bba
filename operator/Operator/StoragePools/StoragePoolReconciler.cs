using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.StoragePools;

/// <summary>Sums up in each StoragePool what the nodes say about theirs.</summary>
internal sealed class StoragePoolReconciler(OperatorStores stores, TimeProvider time) : IReconciler<StoragePool, StoragePoolStatus, StoragePoolScope>
{
    private readonly FigurePace _pace = new(time);

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string>();

    public IReadOnlyList<Step<StoragePoolScope>> StepsFor(StoragePool pool) => [CheckSpec, SumUp];

    public StoragePoolScope CreateScope(StoragePool entity) => new(entity);

    public void ComputeStatus(StoragePoolScope scope, StepResult outcome, StoragePoolStatus desired)
    {
        desired.Nodes = scope.Nodes ?? desired.Nodes;
        desired.Capacity = scope.Capacity ?? desired.Capacity;
        desired.Available = scope.Available ?? desired.Available;
    }

    public IEnumerable<Condition> ConditionsFor(StoragePoolScope scope, StepResult outcome)
    {
        yield return outcome.IsDone
            ? Condition.True(ConditionTypes.Ready, ConditionReasons.Succeeded, "The pool is available on every node that it is meant for.")
            : Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message);
    }

    public Task OnAbsentAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        _pace.Forget(key);
        return Task.CompletedTask;
    }

    private Task<StepResult> CheckSpec(StoragePoolScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(Findings.Stall(StoragePoolValidation.Check(scope.Entity)));

    private Task<StepResult> SumUp(StoragePoolScope scope, CancellationToken cancellationToken)
    {
        var hosts = stores.HostsFor(scope.Entity.Spec.NodeSelector);
        var pools = hosts.Select(host => (Node: host.Name(), Pool: host.Status?.Pools?.FirstOrDefault(pool => pool.Name == scope.Key.Name))).ToList();
        var counts = NodeSummary.Count([.. pools.Select(found => new NodeWord(found.Node, found.Pool?.Available, found.Pool?.Reason ?? "", found.Pool?.Message))]);
        var capacity = Sum(pools.Select(found => found.Pool), pool => pool.Capacity);
        var available = Sum(pools.Select(found => found.Pool), pool => pool.Free);
        var old = scope.Entity.Status;
        var isNews = NodeSummary.IsChangeOfReadiness(old?.Nodes, counts);
        var isChange = isNews || capacity != old?.Capacity || available != old?.Available;
        var left = isNews ? TimeSpan.Zero : _pace.Left(scope.Key);
        if (isChange && left == TimeSpan.Zero)
        {
            _pace.Written(scope.Key);
            (scope.Nodes, scope.Capacity, scope.Available) = (counts, capacity, available);
        }

        var outcome = NodeSummary.Outcome(scope.Nodes ?? old?.Nodes ?? counts, hosts.Count, "pool");
        return Task.FromResult(outcome.IsDone && isChange && left > TimeSpan.Zero ? StepResult.DoneFor(left) : outcome);
    }

    private static Quantity Sum(IEnumerable<NodePoolStatus?> pools, Func<NodePoolStatus, Quantity?> figure) =>
        NodeSummary.Round(pools.Where(pool => pool is { Available: true }).Sum(pool => figure(pool!)?.Value ?? 0));
}
