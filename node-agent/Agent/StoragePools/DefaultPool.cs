using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Which pool is meant where none is named.</summary>
internal static class DefaultPool
{
    /// <summary>Name of the pool annotated as default; of several the one made last, as with storage classes. Null when there is none.</summary>
    public static string? Of(IObjectStore<StoragePool> pools) => pools.List()
        .Where(pool => pool.Annotation(BerthAnnotations.DefaultPool) == "true" && !pool.IsDeleting())
        .OrderByDescending(pool => pool.Metadata.CreationTimestamp)
        .ThenBy(pool => pool.Name(), StringComparer.Ordinal)
        .FirstOrDefault()?.Name();
}
