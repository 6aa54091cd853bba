using System.Xml.Linq;
using Berth.Libvirt;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>Reads what domains hold on to from the XML of all of them.</summary>
internal sealed class DomainUses(LibvirtConnection libvirt) : IDomainUses
{
    public Task<bool> UsesFileAsync(string path, CancellationToken cancellationToken) =>
        AnyAsync(runningOnly: false, domain => NamesFile(domain, path), cancellationToken);

    public Task<bool> UsesNetworkAsync(string network, bool runningOnly, CancellationToken cancellationToken) =>
        AnyAsync(runningOnly, domain => NamesNetwork(domain, network), cancellationToken);

    /// <summary>True when any element or attribute of the definition is the path: whatever names it there, the file is not free.</summary>
    public static bool NamesFile(XElement domain, string path) => domain.DescendantsAndSelf().Any(element =>
        (!element.HasElements && element.Value == path) || element.Attributes().Any(attribute => attribute.Value == path));

    /// <summary>True when the definition has an interface on the network.</summary>
    public static bool NamesNetwork(XElement domain, string network) => domain.Descendants("interface").Any(card =>
        card.Element("source")?.Attribute("network")?.Value == network);

    private async Task<bool> AnyAsync(bool runningOnly, Func<XElement, bool> uses, CancellationToken cancellationToken)
    {
        foreach (var domain in await LibvirtCalls.OfAsync(libvirt.Domains.ListAsync(cancellationToken)))
        {
            if ((!runningOnly || domain.IsActive) && await UsesAsync(domain, uses, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> UsesAsync(DomainSummary domain, Func<XElement, bool> uses, CancellationToken cancellationToken)
    {
        // A running domain may have been changed since it was defined, and its next start follows the definition: both count.
        foreach (var options in domain.IsActive ? (DomainXmlOptions[])[DomainXmlOptions.None, DomainXmlOptions.Inactive] : [DomainXmlOptions.None])
        {
            if (await LibvirtCalls.OfAsync(libvirt.Domains.GetXmlAsync(domain.Uuid, options, cancellationToken)) is { } xml && uses(XElement.Parse(xml)))
            {
                return true;
            }
        }

        return false;
    }
}
