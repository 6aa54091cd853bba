using Berth.Kubernetes;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Node;

/// <summary>Keeps this node's part of a cluster-wide object as its spec asks. Writes no object: what it finds is reported through the Hypervisor's status.</summary>
internal abstract class NodePartReconciler<T>(IObjectStore<T> store, IKubernetesClient client, NodeLabels labels) : IKeyReconciler
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>How often the node's part is looked at without being asked to.</summary>
    protected static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    /// <summary>The same for a part that is to go and is still used: somebody may be waiting for it.</summary>
    protected static readonly TimeSpan RetiredRecheck = TimeSpan.FromSeconds(5);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            if (store.Get(key) is { } entity)
            {
                return await ReconcileAsync(entity, cancellationToken);
            }

            // The store says nothing certain; the server's own answer does, unless it has lost the whole kind.
            return await client.GetAsync<T>(key, cancellationToken) is not null ? ReconcileResult.Again
                : await client.IsKindWholeAsync<T>(cancellationToken) ? await RetireAsync(key.Name, cancellationToken)
                : ReconcileResult.After(Recheck);
        }
        catch (HypervisorException exception) when (exception.IsUnavailable)
        {
            // No fault of the object's: the Hypervisor's status says that libvirt is away, and its return wakes the key.
            return ReconcileResult.Again;
        }
    }

    /// <summary>The labels of the nodes that have a part of it; none means every node.</summary>
    protected abstract IDictionary<string, string>? NodeSelectorOf(T entity);

    /// <summary>Makes the part what the spec asks for, and reports it.</summary>
    protected abstract Task<ReconcileResult> EnsureAsync(T entity, CancellationToken cancellationToken);

    /// <summary>Takes the part away as far as nothing uses it: the object is gone, or no longer meant for this node.</summary>
    protected abstract Task<ReconcileResult> RetireAsync(string name, CancellationToken cancellationToken);

    private async Task<ReconcileResult> ReconcileAsync(T entity, CancellationToken cancellationToken) => labels.Match(NodeSelectorOf(entity)) switch
    {
        null => ReconcileResult.After(Recheck),
        false => await RetireAsync(entity.Name(), cancellationToken),
        true => await EnsureAsync(entity, cancellationToken),
    };
}
