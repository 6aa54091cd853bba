using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>The last question before a start: is this VM still this node's, as the API server has it now?</summary>
internal static class PlaceCheck
{
    /// <summary>Why the domain may not start, or null when it may.</summary>
    /// <param name="seen">The VM that this pass has worked from.</param>
    /// <param name="live">The VM as it was read just now without a cache; null when there is none.</param>
    /// <param name="node">This node.</param>
    public static string? Against(VirtualMachine seen, VirtualMachine? live, string node) => live switch
    {
        null => "The VM is not found.",
        _ when live.Uid() != seen.Uid() => "Another VM has the name.",
        _ when live.IsDeleting() => "The VM is being deleted.",
        _ when !live.HasFinalizer(BerthFinalizers.Release) => $"The VM lacks the finalizer {BerthFinalizers.Release}.",
        _ when !live.IsGivenTo(node) => "The VM is no longer given to this node.",
        _ when live.Epoch() != seen.Epoch() => "The VM has a newer binding.",
        _ when live.Metadata.Generation != seen.Metadata.Generation => "The VM's spec has changed.",
        _ => null,
    };
}
