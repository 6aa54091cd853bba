namespace Berth.NodeAgent.StoragePools;

/// <summary>The storage pools of this node's libvirt, in our words.</summary>
/// <remarks>Every method throws <see cref="VirtualMachines.HypervisorException"/> when libvirt refuses or is not there.</remarks>
internal interface IHostPools
{
    /// <summary>Names of all defined pools, ours or not.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The pool of this name, or null when libvirt says that there is none.</summary>
    Task<HostPool?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Defines a pool that libvirt does not start by itself.</summary>
    Task DefineAsync(string xml, CancellationToken cancellationToken);

    /// <summary>Starts a defined pool.</summary>
    Task StartAsync(string name, CancellationToken cancellationToken);

    /// <summary>Makes libvirt look at the pool's files again.</summary>
    Task RefreshAsync(string name, CancellationToken cancellationToken);

    /// <summary>Stops a pool, which touches no file, and forgets it.</summary>
    Task RemoveAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A pool as libvirt has it.</summary>
internal sealed record HostPool(Guid Id, string Name, string? Target, bool IsActive);
