using System.Diagnostics.Metrics;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Runtime.Metrics;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Figures of the node's pools and copies of images, asked of the report when they are scraped.</summary>
internal static class StorageMetrics
{
    public static void Register(MetricFactory metrics, NodeReport report)
    {
        metrics.CreateGaugeCallback("storage_pool_available", "1 where volumes can be made and used, else 0; nothing for a pool that is to go.", () =>
            report.Pools.Where(pool => pool.Reason != StoragePoolReasons.InUse).Select(pool => new Measurement<double>(pool.Available ? 1 : 0, Label("pool", pool.Name))));
        metrics.CreateGaugeCallback("storage_pool_capacity_bytes", "Size of the pool's file system.", () => Bytes(report, pool => pool.Capacity));
        metrics.CreateGaugeCallback("storage_pool_free_bytes", "Free space of the pool's file system.", () => Bytes(report, pool => pool.Free));
        metrics.CreateGaugeCallback("image_copies", "Copies of images on the node by state.", () =>
            report.Images.CountBy(image => image.State).Select(state => new Measurement<double>(state.Value, Label("state", state.Key))));
    }

    private static IEnumerable<Measurement<double>> Bytes(NodeReport report, Func<NodePoolStatus, Quantity?> figure) =>
        report.Pools.Where(pool => figure(pool) is not null)
            .Select(pool => new Measurement<double>((double)figure(pool)!.Value.Value, Label("pool", pool.Name)));

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
