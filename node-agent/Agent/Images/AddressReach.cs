using System.Net;
using System.Net.Sockets;

namespace Berth.NodeAgent.Images;

/// <summary>Who answers at an address.</summary>
internal enum AddressReach
{
    /// <summary>Anybody on the internet.</summary>
    Public,

    /// <summary>Somebody of this network: RFC 1918, RFC 6598, unique local.</summary>
    Private,

    /// <summary>The node itself, its link, or the cloud's metadata service; or nobody.</summary>
    Node,
}

/// <summary>Sorts addresses by the registries of special-purpose addresses (RFC 6890).</summary>
internal static class AddressReaches
{
    private static readonly (IPNetwork Network, AddressReach Reach)[] Special =
    [
        .. Of(AddressReach.Node,
            "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/3",
            "::/96", "fe80::/10", "ff00::/8", "100::/64",
            // Metadata and agents' services of clouds that do not have them on link-local addresses: AWS over IPv6, Alibaba, Azure.
            "fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32"),
        .. Of(AddressReach.Private,
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "fc00::/7", "fec0::/10", "2001:db8::/32"),
    ];

    // Prefixes behind which a gateway reaches the IPv4 address at the given byte: NAT64, local NAT64, 6to4.
    private static readonly (IPNetwork Network, int Offset)[] Embedding =
        [(IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("64:ff9b:1::/48"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    /// <summary>Who answers at this address, in whichever form it is written.</summary>
    public static AddressReach Of(IPAddress address)
    {
        var plain = Plain(address);
        foreach (var (network, reach) in Special)
        {
            if (network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain))
            {
                return reach;
            }
        }

        return AddressReach.Public;
    }

    /// <summary>The IPv4 address that an IPv6 one stands for, else the address without its scope.</summary>
    public static IPAddress Plain(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        var unscoped = new IPAddress(bytes);
        foreach (var (network, offset) in Embedding)
        {
            if (network.Contains(unscoped))
            {
                return new IPAddress(bytes.AsSpan(offset, 4));
            }
        }

        return unscoped;
    }

    private static IEnumerable<(IPNetwork, AddressReach)> Of(AddressReach reach, params string[] networks) =>
        networks.Select(network => (IPNetwork.Parse(network), reach));
}
