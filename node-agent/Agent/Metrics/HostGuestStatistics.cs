using System.Xml;
using Berth.Libvirt;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Metrics;

/// <summary>Asks the host's libvirt.</summary>
internal sealed class HostGuestStatistics(LibvirtConnection libvirt) : IGuestStatistics
{
    private const DomainStatisticsKinds Known = DomainStatisticsKinds.State | DomainStatisticsKinds.Cpu | DomainStatisticsKinds.Interface;

    public Task<IReadOnlyList<DomainStatistics>> ReadAllAsync(CancellationToken cancellationToken) => ReadAsync(DomainStatisticsKinds.All, cancellationToken);

    public Task<IReadOnlyList<DomainStatistics>> ReadKnownAsync(CancellationToken cancellationToken) => ReadAsync(Known, cancellationToken);

    public async Task<DomainJob?> FindJobAsync(Guid id, CancellationToken cancellationToken) =>
        await LibvirtCalls.OfAsync(libvirt.Domains.GetJobAsync(id, cancellationToken)) is { Type: not DomainJobType.None } job ? job : null;

    public async Task<bool?> IsGuestAgentConnectedAsync(Guid id, CancellationToken cancellationToken) =>
        await LibvirtCalls.OfAsync(libvirt.Domains.GetXmlAsync(id, DomainXmlOptions.None, cancellationToken)) is { } xml ? IsConnected(xml) : null;

    // Not as a document: only one line of it is wanted, of each domain, again and again.
    internal static bool? IsConnected(string xml)
    {
        using var reader = XmlReader.Create(new StringReader(xml));
        while (reader.ReadToFollowing("channel"))
        {
            if (reader.ReadToDescendant("target") && reader.GetAttribute("name") == GuestAgentXml.ChannelName)
            {
                return reader.GetAttribute("state") == "connected";
            }
        }

        return null;
    }

    private async Task<IReadOnlyList<DomainStatistics>> ReadAsync(DomainStatisticsKinds kinds, CancellationToken cancellationToken)
    {
        try
        {
            return await LibvirtCalls.OfAsync(libvirt.Domains.GetAllStatisticsAsync(kinds, cancellationToken));
        }
        catch (HypervisorException exception) when (exception.InnerException is LibvirtException { Code: LibvirtErrorCode.NoSupport })
        {
            // libvirt's test driver, whose domains have no figures.
            return [];
        }
    }
}
