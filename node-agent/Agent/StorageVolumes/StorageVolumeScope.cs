using Berth.Api;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>What one pass over a volume knows.</summary>
internal sealed class StorageVolumeScope(StorageVolume volume, bool isMine) : ReconcileScope<StorageVolume>(volume)
{
    /// <summary>True when this agent is the one that works on the volume.</summary>
    public bool IsMine { get; } = isMine;

    /// <summary>True once the status says that the volume was made: from then on it is looked for and never made.</summary>
    public bool WasMade => Entity.Status is { Path.Length: > 0 } or { CreatedAt: not null };

    /// <summary>Set after the pool is found.</summary>
    public LocalPool? Pool { get; set; }

    /// <summary>Set after the image's copy is there; null for a blank volume.</summary>
    public ImageCopy.Available? Image { get; set; }

    /// <summary>The file, set after it was made or found.</summary>
    public VolumeFile? File { get; set; }

    /// <summary>When the file was made, as the status will say; set with <see cref="File"/>.</summary>
    public DateTimeOffset? MadeAt { get; set; }

    /// <summary>The file was there once and is not found.</summary>
    public bool IsLost { get; set; }

    /// <summary>The node holds nothing of the volume any more, or keeps it on purpose.</summary>
    public bool IsReleased { get; set; }

    /// <summary>What became of the file of a released volume, for people.</summary>
    public string ReleaseMessage { get; set; } = "";
}
