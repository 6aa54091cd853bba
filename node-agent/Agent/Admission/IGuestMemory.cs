namespace Berth.NodeAgent.Admission;

/// <summary>What the node's running guests, whoever made them, have taken of the host's memory and may yet take.</summary>
internal interface IGuestMemory
{
    /// <summary>All running guests.</summary>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refuses or is not there.</exception>
    Task<IReadOnlyList<GuestPromise>> ListAsync(CancellationToken cancellationToken);
}
