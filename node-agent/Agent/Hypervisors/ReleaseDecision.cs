using Berth.Api;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>Decides when a release record is no longer needed.</summary>
internal static class ReleaseDecision
{
    /// <param name="record">The record.</param>
    /// <param name="domain">The domain with the VM's UUID as libvirt has it now; null when libvirt says that there is none.</param>
    /// <param name="bootId">The node's present boot.</param>
    /// <param name="wasRemoved">Whether this agent has removed the domain.</param>
    /// <remarks>In the boot that the record speaks of, absence proves nothing: a start that was under way when the node fell silent may still come.</remarks>
    public static bool HasServed(ReleaseRecord record, Domain? domain, string bootId, bool wasRemoved) => domain switch
    {
        null => wasRemoved || (record.BootId is { Length: > 0 } dead && bootId.Length > 0 && dead != bootId),

        // Placed here anew since: there is one domain of a UUID, and it is not the old one.
        { Owner: { } owner } => owner.Epoch > record.Epoch,
        _ => false,
    };
}
