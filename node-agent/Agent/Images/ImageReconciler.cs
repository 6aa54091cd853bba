using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Images;

/// <summary>Has images fetched ahead of use, and finds those again that are there already. Writes no object.</summary>
internal sealed class ImageReconciler(IObjectStore<Image> store, LocalPools pools, ImageCopies copies, NodeReport report) : IKeyReconciler
{
    public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var image = store.Get(key) is { } found && !found.IsDeleting() ? found : null;

        // Ends transfers and reports; files are the sweep's business, which asks the server first.
        copies.Stop(key.Name, image?.Uid());
        if (image is not null)
        {
            foreach (var pool in pools.All.Where(pool => !pool.IsRetired && IsWanted(image, pool)))
            {
                if (copies.Request(image.Name(), pool.Name) is ImageCopy.Failed failure && ImageValidation.Check(image) is [_, ..])
                {
                    report.Report(new NodeImageStatus
                    {
                        Name = image.Name(),
                        Uid = image.Uid(),
                        Pool = pool.Name,
                        State = NodeImageStates.Failed,
                        Reason = failure.Reason,
                        Message = failure.Message,
                    });
                }
            }
        }

        return Task.FromResult(ReconcileResult.Done);
    }

    private static bool IsWanted(Image image, LocalPool pool) =>
        image.Spec.Pools?.Contains(pool.Name) == true
        || (pool.IsAvailable && pool.IsMarked() && new ImageFolder(pool.Target).Knows(image.Uid()));
}
