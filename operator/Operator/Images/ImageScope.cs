using Berth.Api;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.Images;

/// <summary>What one pass over an image has summed up.</summary>
internal sealed class ImageScope(Image image) : ReconcileScope<Image>(image)
{
    public NodeCounts? Copies { get; set; }

    /// <summary>A copy that is there: what it is, all others are too.</summary>
    public NodeImageStatus? Sample { get; set; }
}
