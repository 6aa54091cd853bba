using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What is done about a domain of ours that its VM is not known to have given to this node.</summary>
internal enum StrayDecision
{
    /// <summary>The VM is not found: the domain goes on, and is reported.</summary>
    Orphan,

    /// <summary>Something does not fit: the domain goes on, and is reported.</summary>
    Leave,

    /// <summary>The VM holds its place here after all, or soon will: not this path's work.</summary>
    Held,

    /// <summary>The VM is being deleted: the guest is shut down and the domain removed.</summary>
    ShutDown,

    /// <summary>The VM is bound elsewhere at a higher epoch: this domain may not run beside it, and is removed at once.</summary>
    Destroy,
}

/// <summary>Weighs what the API server said just now, without a cache. Whatever is not proof leaves the domain alone.</summary>
internal static class StrayDecisions
{
    /// <param name="live">The VM of the domain's namespace and name, or null when the server said that there is none.</param>
    /// <param name="owner">The domain's metadata.</param>
    /// <param name="node">This node.</param>
    public static StrayDecision Of(VirtualMachine? live, DomainOwner owner, string node)
    {
        if (live is null || live.Uid() != owner.Uid)
        {
            return StrayDecision.Orphan;
        }

        if (live.BoundNode() is { } bound && bound != node)
        {
            return live.Epoch() > owner.Epoch ? StrayDecision.Destroy : StrayDecision.Leave;
        }

        if (live.IsHeldBy(node))
        {
            return StrayDecision.Held;
        }

        return live.IsDeleting() && owner.Epoch <= live.Epoch() ? StrayDecision.ShutDown : StrayDecision.Leave;
    }
}
