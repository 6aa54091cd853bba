using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>libvirt's definition of a NAT network.</summary>
internal static class VirtualNetworkXml
{
    /// <summary>Namespace of Berth's part of the metadata.</summary>
    public static readonly XNamespace Metadata = "https://berth.dev/network/1";

    private const string Prefix = "berth-";
    private const int UidLength = 8;

    /// <summary>Name that the network has in libvirt.</summary>
    public static string NameOf(string network) => Prefix + network;

    /// <summary>Name of the VirtualNetwork behind a libvirt network's name; null when the name is not of our making.</summary>
    public static string? NetworkOf(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;

    /// <summary>Name of the network's bridge: the given one, or one of its UID, since names of interfaces have 15 characters at most.</summary>
    public static string BridgeOf(VirtualNetwork network) =>
        network.Spec.Bridge is { Length: > 0 } given ? given : "vb" + network.Uid()[..UidLength];

    /// <summary>The definition, with whose it is.</summary>
    public static string Of(VirtualNetwork network, string cluster)
    {
        var definition = Define(network);
        var owner = new XElement(Metadata + "network",
            new XAttribute(XNamespace.Xmlns + "berth", Metadata.NamespaceName),
            new XAttribute("cluster", cluster),
            new XAttribute("digest", DigestOf(network)));
        definition.Element("uuid")!.AddAfterSelf(new XElement("metadata", owner));
        return definition.ToString();
    }

    /// <summary>Digest of the definition, kept in it: a different one means that the spec has changed since.</summary>
    public static string DigestOf(VirtualNetwork network) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Define(network).ToString(SaveOptions.DisableFormatting))));

    /// <summary>Whose a definition says the network is; null when Berth did not write it.</summary>
    public static NetworkOwner? OwnerOf(XElement definition) =>
        definition.Element("metadata")?.Element(Metadata + "network") is { } owner
            ? new NetworkOwner(owner.Attribute("cluster")?.Value ?? "", owner.Attribute("digest")?.Value ?? "")
            : null;

    private static XElement Define(VirtualNetwork network)
    {
        var subnet = Subnet.Parse(network.Spec.Subnet!);
        return new XElement("network",
            new XElement("name", NameOf(network.Name())),
            new XElement("uuid", network.Uid()),
            new XElement("forward", new XAttribute("mode", "nat")),
            new XElement("bridge", new XAttribute("name", BridgeOf(network)), new XAttribute("stp", "on"), new XAttribute("delay", "0")),
            // Guests find each other by host name; what the host's own resolver does not know stays on the node.
            new XElement("domain", new XAttribute("name", $"{network.Name()}.vnet.internal"), new XAttribute("localOnly", "yes")),
            new XElement("ip",
                new XAttribute("family", "ipv4"),
                new XAttribute("address", subnet.Gateway),
                new XAttribute("prefix", subnet.Network.PrefixLength),
                network.Spec.Dhcp is { } dhcp
                    ? new XElement("dhcp", new XElement("range", new XAttribute("start", dhcp.Start), new XAttribute("end", dhcp.End)))
                    : null));
    }
}
