using System.Net;

namespace Berth.NodeAgent.Images;

/// <summary>Which addresses images are fetched from. Asked of each address right before the connection to it is made, so that no name can lead elsewhere in between.</summary>
internal sealed class ImageAddresses
{
    private readonly IReadOnlyList<IPNetwork> _allowed;

    /// <param name="allowed">Networks that are always allowed, as <c>--allowed-image-addresses</c> has them.</param>
    /// <exception cref="FormatException">One of them is no network.</exception>
    public ImageAddresses(string allowed) => _allowed = [.. Split(allowed).Select(IPNetwork.Parse)];

    /// <summary>True for networks such as <c>10.0.0.0/8,192.168.1.1/32</c>, and for none.</summary>
    public static bool AreNetworks(string networks) => Split(networks).All(network => IPNetwork.TryParse(network, out _));

    /// <summary>Why no image is fetched from this address; null when it may be.</summary>
    /// <param name="address">The address that would be connected to.</param>
    /// <param name="cameFromPublic">A server on the internet has redirected here.</param>
    public string? Refusal(IPAddress address, bool cameFromPublic)
    {
        var plain = AddressReaches.Plain(address);
        if (_allowed.Any(network => network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain)))
        {
            return null;
        }

        return AddressReaches.Of(plain) switch
        {
            AddressReach.Node => $"{address} is loopback, link-local or otherwise the node's own",
            AddressReach.Private when cameFromPublic => $"{address} is private, and a server on the internet redirected to it",
            _ => null,
        };
    }

    private static string[] Split(string networks) => networks.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
