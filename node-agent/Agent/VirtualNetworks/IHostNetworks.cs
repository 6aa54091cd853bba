namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>The virtual networks of this node's libvirt, in our words.</summary>
/// <remarks>Every method throws <see cref="VirtualMachines.HypervisorException"/> when libvirt refuses or is not there.</remarks>
internal interface IHostNetworks
{
    /// <summary>Names of all networks, ours or not.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The network of this name, or null when libvirt says that there is none.</summary>
    Task<HostNetwork?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Defines a network that libvirt does not start by itself, or gives a stopped one a new definition.</summary>
    Task DefineAsync(string xml, CancellationToken cancellationToken);

    /// <summary>Starts a defined network.</summary>
    Task StartAsync(string name, CancellationToken cancellationToken);

    /// <summary>Stops a network; one that is not up is left so.</summary>
    Task StopAsync(string name, CancellationToken cancellationToken);

    /// <summary>Forgets a stopped network.</summary>
    Task UndefineAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A network as libvirt has it; without an owner when Berth did not write it.</summary>
internal sealed record HostNetwork(Guid Id, string Name, bool IsActive, string? Bridge, NetworkOwner? Owner);

/// <summary>What a network's definition says of whose it is.</summary>
/// <param name="Cluster">UID of the cluster's kube-system namespace.</param>
/// <param name="Digest">Digest of the definition without this part: libvirt adds to definitions, so they cannot be compared as they come back.</param>
internal sealed record NetworkOwner(string Cluster, string Digest);
