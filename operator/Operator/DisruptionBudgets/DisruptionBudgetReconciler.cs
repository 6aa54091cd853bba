using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.DisruptionBudgets;

/// <summary>Keeps one budget in each namespace that has VMs, which refuses every eviction of berths: only the operator gives a place up. Keys are namespaces.</summary>
internal sealed partial class DisruptionBudgetReconciler<TBudget>(
    IKubernetesClient client,
    OperatorStores stores,
    IObjectStore<TBudget> budgets,
    Func<V1ObjectMeta, V1PodDisruptionBudgetSpec, TBudget> make,
    Func<TBudget, V1PodDisruptionBudgetSpec> specOf,
    ILogger logger) : IKeyReconciler
    where TBudget : class, IKubernetesObject<V1ObjectMeta>
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var @namespace = key.Name;
        var live = budgets.Get(new ObjectKey(@namespace, DisruptionBudget.Name));
        if (stores.Machines.ByIndex(MachineIndexes.Namespace, @namespace).Count == 0)
        {
            await DeleteAsync(live, cancellationToken);
        }
        else if (!stores.IsTerminating(@namespace) && (live is null || !DisruptionBudget.IsAsWanted(specOf(live))))
        {
            await client.ApplyAsync(make(DisruptionBudget.Metadata(@namespace), DisruptionBudget.Spec()), force: true, cancellationToken);
            Log.Applied(logger, @namespace);
        }

        return ReconcileResult.Done;
    }

    private async Task DeleteAsync(TBudget? live, CancellationToken cancellationToken)
    {
        if (live is not null && DisruptionBudget.IsOurs(live) && !live.IsDeleting() && await client.DeleteAsync(live, null, cancellationToken))
        {
            var @namespace = live.Namespace();
            Log.Deleted(logger, @namespace);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Applied the disruption budget of namespace {Namespace}")]
        public static partial void Applied(ILogger logger, string @namespace);

        [LoggerMessage(Level = LogLevel.Information, Message = "Deleted the disruption budget of namespace {Namespace}: its last VM is gone")]
        public static partial void Deleted(ILogger logger, string? @namespace);
    }
}
