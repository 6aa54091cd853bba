using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What is done about a domain of ours that its VM is not known to have given to this node.</summary>
internal enum StrayDecision
{
    /// <summary>The VM is not found: the domain goes on, and is reported.</summary>
    Orphan,

    /// <summary>An orphan that a person has named for removal: the guest is shut down and the domain removed.</summary>
    Remove,

    /// <summary>Something does not fit: the domain goes on, and is reported.</summary>
    Leave,

    /// <summary>The VM holds its place here after all, or soon will: not this path's work.</summary>
    Held,

    /// <summary>The VM is being deleted: the guest is shut down and the domain removed.</summary>
    ShutDown,

    /// <summary>The VM was released on this node's behalf, or is bound elsewhere at a higher epoch: this domain may not run beside it, and is removed at once.</summary>
    Destroy,
}

/// <summary>Weighs what the API server said just now, without a cache. Whatever is not proof leaves the domain alone.</summary>
internal static class StrayDecisions
{
    /// <param name="live">The VM of the domain's namespace and name, or null when the server said that there is none.</param>
    /// <param name="owner">The domain's metadata.</param>
    /// <param name="node">This node.</param>
    /// <param name="host">This node's Hypervisor, or null when the server said that there is none.</param>
    public static StrayDecision Of(VirtualMachine? live, DomainOwner owner, string node, Hypervisor? host)
    {
        var isRecorded = IsRecorded(host, owner, node);
        if (live is null || live.Uid() != owner.Uid)
        {
            if (isRecorded)
            {
                return StrayDecision.Destroy;
            }

            return IsToBeRemoved(host, owner) ? StrayDecision.Remove : StrayDecision.Orphan;
        }

        if (live.IsHeldBy(node))
        {
            return StrayDecision.Held;
        }

        // The VM has forgotten this epoch: an older etcd, or somebody else's hand.
        if (owner.Epoch > live.Epoch())
        {
            return StrayDecision.Leave;
        }

        if (live.BoundNode() is { } bound && bound != node)
        {
            return live.Epoch() > owner.Epoch && (isRecorded || IsSettled(live, bound)) ? StrayDecision.Destroy : StrayDecision.Leave;
        }

        return isRecorded ? StrayDecision.Destroy : live.IsDeleting() ? StrayDecision.ShutDown : StrayDecision.Leave;
    }

    /// <summary>True when the operator has recorded that it released the VM of this domain on behalf of this node.</summary>
    public static bool IsRecorded(Hypervisor? host, DomainOwner owner, string node) =>
        host?.Status?.Releases?.Any(record => record.Uid == owner.Uid && record.Node == node && record.Epoch >= owner.Epoch) == true;

    /// <summary>True when all that the operator writes for a binding is there. A status alone, which somebody may have forged, moves nobody.</summary>
    private static bool IsSettled(VirtualMachine live, string bound) =>
        live.Label(BerthLabels.Node) == bound && live.HasFinalizer(BerthFinalizers.Release);

    private static bool IsToBeRemoved(Hypervisor? host, DomainOwner owner) =>
        Guid.TryParse(owner.Uid, out var id) && host?.Spec.RemoveOrphans?.Any(named => Guid.TryParse(named, out var asked) && asked == id) == true;
}
