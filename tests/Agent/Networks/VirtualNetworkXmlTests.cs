using System.Xml.Linq;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.VirtualNetworks;

namespace Berth.NodeAgent.Tests.Networks;

public sealed class VirtualNetworkXmlTests
{
    [Fact]
    public void A_nat_network_with_dhcp()
    {
        var network = Networks.Named("default");

        Assert.Equal(
            $"""
            <network>
              <name>berth-default</name>
              <uuid>12345678-1234-1234-1234-123456789abc</uuid>
              <metadata>
                <berth:network xmlns:berth="https://berth.dev/network/1" cluster="cluster-1" digest="{VirtualNetworkXml.DigestOf(network)}" />
              </metadata>
              <forward mode="nat" />
              <bridge name="vb12345678" stp="on" delay="0" />
              <domain name="default.vnet.internal" localOnly="yes" />
              <ip family="ipv4" address="192.168.150.1" prefix="24">
                <dhcp>
                  <range start="192.168.150.10" end="192.168.150.200" />
                </dhcp>
              </ip>
            </network>
            """,
            VirtualNetworkXml.Of(network, "cluster-1"));
    }

    [Fact]
    public void A_network_without_dhcp_and_with_a_bridge_of_its_own_name()
    {
        var network = Networks.Named("lan");
        (network.Spec.Dhcp, network.Spec.Bridge, network.Spec.Subnet) = (null, "br-lan", "10.0.0.0/8");

        var definition = XElement.Parse(VirtualNetworkXml.Of(network, "cluster-1"));

        Assert.Equal("br-lan", definition.Element("bridge")!.Attribute("name")!.Value);
        Assert.Equal("10.0.0.1/8", $"{definition.Element("ip")!.Attribute("address")!.Value}/{definition.Element("ip")!.Attribute("prefix")!.Value}");
        Assert.Empty(definition.Descendants("dhcp"));
    }

    [Fact]
    public void Names_of_bridges_fit_into_an_interfaces_name() =>
        Assert.True(VirtualNetworkXml.BridgeOf(Networks.Named(new string('n', 63))).Length <= 15);

    [Fact]
    public void The_digest_changes_with_the_spec_and_with_nothing_else()
    {
        var digest = VirtualNetworkXml.DigestOf(Networks.Named("default"));
        var changed = Networks.Named("default");
        changed.Spec.Subnet = "192.168.151.0/24";
        var labelled = Networks.Named("default");
        labelled.Metadata.Labels = new Dictionary<string, string> { ["a"] = "b" };
        labelled.Spec.NodeSelector = new Dictionary<string, string> { ["a"] = "b" };

        Assert.Equal(digest, VirtualNetworkXml.DigestOf(labelled));
        Assert.NotEqual(digest, VirtualNetworkXml.DigestOf(changed));
    }

    [Fact]
    public void The_owner_is_read_back_and_is_null_for_foreign_networks()
    {
        var network = Networks.Named("default");

        Assert.Equal(
            new NetworkOwner("cluster-1", VirtualNetworkXml.DigestOf(network)),
            VirtualNetworkXml.OwnerOf(XElement.Parse(VirtualNetworkXml.Of(network, "cluster-1"))));
        Assert.Null(VirtualNetworkXml.OwnerOf(XElement.Parse("<network><name>berth-default</name></network>")));
    }
}

/// <summary>Builds VirtualNetworks.</summary>
internal static class Networks
{
    public static VirtualNetwork Named(string name, string uid = "12345678-1234-1234-1234-123456789abc") => new()
    {
        Metadata = new V1ObjectMeta { Name = name, Uid = uid },
        Spec = new VirtualNetworkSpec { Subnet = "192.168.150.0/24", Dhcp = new DhcpRange { Start = "192.168.150.10", End = "192.168.150.200" } },
    };
}
