using Berth.Libvirt;

namespace Berth.NodeAgent.Metrics;

/// <summary>Figures of the node's running guests, whoever made them.</summary>
/// <remarks>Every method throws <see cref="VirtualMachines.HypervisorException"/> when libvirt refuses or is not there.</remarks>
internal interface IGuestStatistics
{
    /// <summary>All figures, in one call. A guest whose QEMU hangs can hold it up for as long as it hangs.</summary>
    Task<IReadOnlyList<DomainStatistics>> ReadAllAsync(CancellationToken cancellationToken);

    /// <summary>State, CPU time and network traffic, which libvirt knows without asking a guest; in one call that no guest holds up.</summary>
    Task<IReadOnlyList<DomainStatistics>> ReadKnownAsync(CancellationToken cancellationToken);

    /// <summary>The domain's job, such as a migration; null when there is none.</summary>
    Task<DomainJob?> FindJobAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Whether an agent in the guest has opened its channel; null when the domain has no such channel, or is not there.</summary>
    Task<bool?> IsGuestAgentConnectedAsync(Guid id, CancellationToken cancellationToken);
}
