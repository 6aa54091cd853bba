using System.Net;

namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>An IPv4 subnet.</summary>
internal readonly record struct Subnet(IPNetwork Network)
{
    /// <summary>The node's own address: the first one.</summary>
    public IPAddress Gateway
    {
        get
        {
            var bytes = Network.BaseAddress.GetAddressBytes();
            bytes[3]++;
            return new IPAddress(bytes);
        }
    }

    /// <exception cref="FormatException">The text is no subnet.</exception>
    public static Subnet Parse(string text) => new(IPNetwork.Parse(text));
}
