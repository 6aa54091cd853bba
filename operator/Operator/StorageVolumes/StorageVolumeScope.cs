using Berth.Api;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.StorageVolumes;

/// <summary>What one pass over a volume knows and has decided.</summary>
internal sealed class StorageVolumeScope(StorageVolume volume) : ReconcileScope<StorageVolume>(volume)
{
    public StorageVolume Volume => Entity;

    /// <summary>The executor that this pass decided on.</summary>
    public Binding? NewExecutor { get; set; }
}
