using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;

namespace Berth.Operator.Cluster;

/// <summary>Wakes those who sum up what nodes report.</summary>
internal static class HostWatches
{
    /// <summary>Wakes every object of a small cluster-scoped kind when a node comes, goes or changes its labels, and when what it reports of the kind changes.</summary>
    public static Controller WatchHosts<T, TReport>(this Controller controller, OperatorStores stores, IObjectStore<T> store, Func<HypervisorStatus, IList<TReport>?> reportOf)
        where T : class, IKubernetesObject<V1ObjectMeta> => controller
        .Watch(stores.Hypervisors, _ => Keys(store), change => !Same(ReportIn(change.Old, reportOf), ReportIn(change.New, reportOf)) || IsArrival(change))
        .Watch(stores.Nodes, _ => Keys(store), change => IsArrival(change) || !LabelMatch.AreEqual(change.Old!.Metadata.Labels, change.New!.Metadata.Labels));

    private static IEnumerable<ObjectKey> Keys<T>(IObjectStore<T> store)
        where T : class, IKubernetesObject<V1ObjectMeta> => store.List().Select(entity => entity.Key());

    private static bool IsArrival<T>(ObjectChange<T> change)
        where T : class => change.Old is null || change.New is null;

    private static IList<TReport> ReportIn<TReport>(Hypervisor? host, Func<HypervisorStatus, IList<TReport>?> reportOf) =>
        host?.Status is { } status ? reportOf(status) ?? [] : [];

    private static bool Same<TReport>(IList<TReport> left, IList<TReport> right) => left.SequenceEqual(right);
}
