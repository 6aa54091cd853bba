using System.Net;

namespace Berth.NodeAgent.Node;

/// <summary>Addresses that this node's virtual networks have given to guests.</summary>
internal interface INetworkLeases
{
    /// <summary>The addresses that <paramref name="mac"/> holds a lease of; none when the network is not up or has no DHCP.</summary>
    /// <param name="network">Name of the VirtualNetwork.</param>
    /// <param name="mac">The guest interface's address, in any case.</param>
    Task<IReadOnlyList<IPAddress>> FindAsync(string network, string mac, CancellationToken cancellationToken);
}
