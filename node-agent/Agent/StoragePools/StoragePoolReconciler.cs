using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Keeps this node's part of every StoragePool.</summary>
internal sealed class StoragePoolReconciler(
    IObjectStore<StoragePool> store,
    IKubernetesClient client,
    StoragePoolSetup setup,
    NodeLabels labels,
    LocalPools localPools,
    NodeReport report,
    IPoolHistory history) : NodePartReconciler<StoragePool>(store, client, labels)
{
    protected override IDictionary<string, string>? NodeSelectorOf(StoragePool entity) => entity.Spec.NodeSelector;

    protected override async Task<ReconcileResult> EnsureAsync(StoragePool pool, CancellationToken cancellationToken)
    {
        if (StoragePoolValidation.Check(pool) is [var finding, ..] findings)
        {
            await PublishAsync(pool, new(null, finding.Reason, string.Join(" ", findings.Select(each => each.Message))), cancellationToken);
            return ReconcileResult.After(Recheck);
        }

        try
        {
            var result = await setup.EnsureAsync(pool, cancellationToken);
            if (result.Reason == StoragePoolReasons.NameTaken)
            {
                // Left by an earlier StoragePool of this name? An object with another UID has the name, so that one is gone.
                await setup.RetireAsync(pool.Name(), cancellationToken);
                result = await setup.EnsureAsync(pool, cancellationToken);
            }

            await PublishAsync(pool, result, cancellationToken);
            return ReconcileResult.After(Recheck);
        }
        catch (HypervisorException exception) when (exception.IsUnavailable)
        {
            // Nothing is known, so what was known stays; files in the folder are as well as before.
            if (report.Pool(pool.Name()) is null)
            {
                await PublishAsync(pool, new(null, StoragePoolReasons.LibvirtUnavailable, exception.Message), cancellationToken);
            }

            throw;
        }
        catch (Exception exception) when (exception is HypervisorException or IOException or UnauthorizedAccessException)
        {
            var reason = exception is HypervisorException ? StoragePoolReasons.LibvirtFailed : StoragePoolReasons.FolderFailed;
            await PublishAsync(pool, new(localPools.Find(pool.Name()) is { } known ? known with { IsAvailable = false } : null, reason, exception.Message), cancellationToken);
            throw;
        }
    }

    protected override async Task<ReconcileResult> RetireAsync(string name, CancellationToken cancellationToken)
    {
        var known = localPools.Find(name);
        if (await setup.RetireAsync(name, cancellationToken) is not { } left)
        {
            localPools.Remove(name);
            report.RemovePool(name); // last: who removes all of Berth waits for this and then ends the agent
            return ReconcileResult.Done;
        }

        // Before the report, whose change wakes the sweep of what the images have left.
        localPools.Put(known?.Uid == left.Uid ? left with { ReclaimPolicy = known.ReclaimPolicy } : left);
        report.Report(new NodePoolStatus
        {
            Name = name,
            Uid = left.Uid,
            Available = false,
            Reason = StoragePoolReasons.InUse,
            Message = "The StoragePool is gone, or no longer meant for this node. What is left of it goes with the last volume and image in it.",
            Capacity = await FormerCapacityAsync(name, left.Uid, cancellationToken),
        });
        return ReconcileResult.After(RetiredRecheck);
    }

    private async Task PublishAsync(StoragePool pool, StoragePoolSetup.Result result, CancellationToken cancellationToken)
    {
        if (result.Local is { } local)
        {
            localPools.Put(local);
        }
        else
        {
            localPools.Remove(pool.Name());
        }

        var size = result.IsAvailable ? PoolTarget.Measure(result.Local!.Target) : default((long Capacity, long Free)?);
        report.Report(new NodePoolStatus
        {
            Name = pool.Name(),
            Uid = pool.Uid(),
            Available = result.IsAvailable,
            Reason = result.Reason,
            Message = result.Message,
            Capacity = size is { } measured ? Quantity.FromBytes(measured.Capacity) : await FormerCapacityAsync(pool.Name(), pool.Uid(), cancellationToken),
            Free = size is { } now ? Quantity.FromBytes(now.Free) : null,
        });
    }

    // Stays in the report of a pool that is not available: it says, also after a restart, that the pool was built.
    private async Task<Quantity?> FormerCapacityAsync(string name, string uid, CancellationToken cancellationToken) =>
        report.Pool(name) is { } reported && reported.Uid == uid
            ? reported.Capacity
            : await history.FindCapacityAsync(uid, cancellationToken);
}
