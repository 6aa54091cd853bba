using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

// What others keep in a domain's definition.
public sealed partial class LibvirtDomains
{
    private const int MetadataElement = 2;

    /// <summary>Sets or replaces the element of this XML namespace below the domain's metadata.</summary>
    /// <param name="element">The element without a prefix; null removes it.</param>
    /// <param name="prefix">The prefix under which it appears in the domain's XML.</param>
    public Task SetMetadataAsync(
        Guid uuid,
        string? element,
        string prefix,
        string namespaceUri,
        DomainImpact impact,
        CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainSetMetadata(domain, MetadataElement, element, prefix, namespaceUri, (uint)impact)),
            cancellationToken);

    /// <summary>Reads the element of this XML namespace, without its prefix; null if there is no such element or domain.</summary>
    public Task<string?> GetMetadataAsync(
        Guid uuid, string namespaceUri, DomainImpact impact, CancellationToken cancellationToken) =>
        ReadAsync(
            LibvirtLane.Query, uuid, domain => ReadMetadata(domain, namespaceUri, impact), cancellationToken);

    private static unsafe string? ReadMetadata(VirDomainHandle domain, string namespaceUri, DomainImpact impact)
    {
        try
        {
            return TakeString(virDomainGetMetadata(domain, MetadataElement, namespaceUri, (uint)impact));
        }
        catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.NoDomainMetadata)
        {
            return null;
        }
    }
}
