using System.Net;
using System.Xml.Linq;
using Berth.Libvirt;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>The networks role, and the leases that they give out, over libvirt.</summary>
internal sealed class HostNetworks(LibvirtConnection libvirt) : IHostNetworks, INetworkLeases
{
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await LibvirtCalls.OfAsync(libvirt.Networks.ListAsync(cancellationToken))).Select(network => network.Name)];

    public async Task<HostNetwork?> FindAsync(string name, CancellationToken cancellationToken)
    {
        // Asked of the network as it is up, where it is: a definition that waits for a restart is not what guests are connected to.
        if (await LibvirtCalls.OfAsync(libvirt.Networks.FindAsync(name, cancellationToken)) is not { } network
            || await LibvirtCalls.OfAsync(libvirt.Networks.GetXmlAsync(name, inactive: !network.IsActive, cancellationToken)) is not { } xml)
        {
            return null;
        }

        return new HostNetwork(network.Uuid, network.Name, network.IsActive, network.Bridge, VirtualNetworkXml.OwnerOf(XElement.Parse(xml)));
    }

    public Task DefineAsync(string xml, CancellationToken cancellationToken) =>
        LibvirtCalls.OfAsync(libvirt.Networks.DefineAsync(xml, cancellationToken));

    public Task StartAsync(string name, CancellationToken cancellationToken) =>
        LibvirtCalls.OfAsync(libvirt.Networks.StartAsync(name, cancellationToken));

    public Task StopAsync(string name, CancellationToken cancellationToken) =>
        LibvirtCalls.OfAsync(libvirt.Networks.DestroyAsync(name, cancellationToken));

    public Task UndefineAsync(string name, CancellationToken cancellationToken) =>
        LibvirtCalls.OfAsync(libvirt.Networks.UndefineAsync(name, cancellationToken));

    async Task<IReadOnlyList<IPAddress>> INetworkLeases.FindAsync(string network, string mac, CancellationToken cancellationToken)
    {
        var name = VirtualNetworkXml.NameOf(network);
        if (await LibvirtCalls.OfAsync(libvirt.Networks.FindAsync(name, cancellationToken)) is not { IsActive: true })
        {
            return [];
        }

        // libvirt compares text: it writes addresses in lower case.
        var leases = await LibvirtCalls.OfAsync(libvirt.Networks.GetDhcpLeasesAsync(name, mac.ToLowerInvariant(), cancellationToken));
        return [.. (leases ?? []).Select(lease => IPAddress.TryParse(lease.Address, out var address) ? address : null).OfType<IPAddress>().Distinct()];
    }
}
