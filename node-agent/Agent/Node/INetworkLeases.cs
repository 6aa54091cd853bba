using System.Net;

namespace Berth.NodeAgent.Node;

/// <summary>Addresses that this node's virtual networks have given to guests.</summary>
internal interface INetworkLeases
{
    /// <summary>The addresses that <paramref name="mac"/> (in any case) holds a lease of on the VirtualNetwork; none when it is not up or has no DHCP.</summary>
    Task<IReadOnlyList<IPAddress>> FindAsync(string network, string mac, CancellationToken cancellationToken);
}
