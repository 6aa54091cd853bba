namespace Berth.NodeAgent.Node;

/// <summary>What the domains of this node hold on to, running or only defined, whoever made them; read from libvirt each time.</summary>
internal interface IDomainUses
{
    /// <summary>True when a domain names the file: as a disk, in a disk's chain, as kernel, initrd or firmware.</summary>
    Task<bool> UsesFileAsync(string path, CancellationToken cancellationToken);

    /// <summary>True when a domain has an interface on the libvirt network of this name; <paramref name="runningOnly"/> leaves out domains that are only defined.</summary>
    Task<bool> UsesNetworkAsync(string network, bool runningOnly, CancellationToken cancellationToken);
}
