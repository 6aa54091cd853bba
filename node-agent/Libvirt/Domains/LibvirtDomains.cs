using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>The domains of a host.</summary>
/// <remarks>
/// A domain is named by its UUID. What reads gives null where there is no such domain; what changes throws
/// <see cref="LibvirtErrorCode.NoDomain"/>; what removes says whether there was something to remove.
/// </remarks>
public sealed partial class LibvirtDomains
{
    private const int NoId = -1;

    private readonly LibvirtConnection _connection;

    internal LibvirtDomains(LibvirtConnection connection) => _connection = connection;

    /// <summary>Lists all domains with their states, in one call that waits for no guest.</summary>
    public Task<IReadOnlyList<DomainSummary>> ListAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync(LibvirtLane.Query, DomainListing.Read, cancellationToken);

    /// <summary>Finds a domain; null if there is none.</summary>
    public Task<DomainDetails?> FindAsync(Guid uuid, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Query, uuid, DomainListing.ReadDetails, cancellationToken);

    /// <summary>Finds a domain by name; null if there is none.</summary>
    public Task<DomainDetails?> FindByNameAsync(string name, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Query,
            connection =>
            {
                using var domain = CheckFound(virDomainLookupByName(connection, name), LibvirtErrorCode.NoDomain);
                return domain is null ? null : UnlessGone(domain, DomainListing.ReadDetails);
            },
            cancellationToken);

    /// <summary>Reads a domain's state; null if there is none.</summary>
    public async Task<DomainStatus?> GetStatusAsync(Guid uuid, CancellationToken cancellationToken) =>
        (await ReadAsync(
            LibvirtLane.Query, uuid, domain => new Boxed<DomainStatus>(DomainListing.ReadStatus(domain)), cancellationToken)
            .ConfigureAwait(false))?.Value;

    /// <summary>Reads a domain's XML; null if there is none.</summary>
    public Task<string?> GetXmlAsync(Guid uuid, DomainXmlOptions options, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Query, uuid, domain => ReadXml(domain, options), cancellationToken);

    /// <summary>Adds or replaces a definition; a running domain goes on as it is.</summary>
    /// <returns>The domain's UUID, which libvirt makes up where the XML has none.</returns>
    public Task<Guid> DefineAsync(string xml, bool validate, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Guest,
            connection =>
            {
                using var domain = Check(virDomainDefineXMLFlags(connection, xml, validate ? 1u : 0u));
                return ReadUuid(domain);
            },
            cancellationToken);

    /// <summary>Removes a definition; a running domain goes on and becomes transient.</summary>
    /// <returns>False if there is no such domain.</returns>
    public Task<bool> UndefineAsync(Guid uuid, DomainUndefineOptions options, CancellationToken cancellationToken) =>
        RemoveAsync(
            LibvirtLane.Guest,
            uuid,
            domain =>
            {
                Check(virDomainUndefineFlags(domain, (uint)options));
                return true;
            },
            cancellationToken);

    /// <summary>Sets whether libvirt starts the domain with the host.</summary>
    public Task SetAutostartAsync(Guid uuid, bool autostart, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest, uuid, domain => Check(virDomainSetAutostart(domain, autostart ? 1 : 0)), cancellationToken);

    private static unsafe string ReadXml(VirDomainHandle domain, DomainXmlOptions options) =>
        TakeString(virDomainGetXMLDesc(domain, (uint)options));

    private static unsafe Guid ReadUuid(VirDomainHandle domain) =>
        LibvirtUuid.Read(uuid => virDomainGetUUID(domain.DangerousGetHandle(), uuid));

    private static unsafe VirDomainHandle? Lookup(VirConnectHandle connection, Guid uuid) =>
        LibvirtUuid.Pass(
            uuid, bytes => CheckFound(virDomainLookupByUUID(connection, bytes), LibvirtErrorCode.NoDomain));

    // The domain may vanish between lookup and use: a transient one does so when it stops.
    private static T? UnlessGone<T>(VirDomainHandle domain, Func<VirDomainHandle, T?> read)
        where T : class
    {
        try
        {
            return read(domain);
        }
        catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.NoDomain)
        {
            return null;
        }
    }

    private Task<T?> ReadAsync<T>(
        LibvirtLane lane, Guid uuid, Func<VirDomainHandle, T?> read, CancellationToken cancellationToken)
        where T : class =>
        _connection.InvokeAsync(
            lane,
            connection =>
            {
                using var domain = Lookup(connection, uuid);
                return domain is null ? null : UnlessGone(domain, read);
            },
            cancellationToken);

    private Task<T> ChangeAsync<T>(
        LibvirtLane lane,
        Guid uuid,
        Func<VirDomainHandle, T> change,
        CancellationToken cancellationToken,
        TimeSpan? timeout = null) =>
        _connection.InvokeAsync(
            lane,
            connection =>
            {
                using var domain = Lookup(connection, uuid) ?? throw Missing(uuid);
                return change(domain);
            },
            cancellationToken,
            timeout);

    private Task<bool> RemoveAsync(
        LibvirtLane lane, Guid uuid, Func<VirDomainHandle, bool> remove, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            lane,
            connection =>
            {
                using var domain = Lookup(connection, uuid);
                try
                {
                    return domain is not null && remove(domain);
                }
                catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.NoDomain)
                {
                    return false;
                }
            },
            cancellationToken);

    private static LibvirtException Missing(Guid uuid) => new(
        "virDomainLookupByUUID",
        LibvirtErrorCode.NoDomain,
        LibvirtErrorDomain.Client,
        $"no domain with uuid {uuid}");

    private sealed record Boxed<T>(T Value);
}
