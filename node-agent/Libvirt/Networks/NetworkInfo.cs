namespace Berth.Libvirt;

/// <summary>A virtual network.</summary>
/// <param name="Bridge">The host's bridge; null where the network has none, or none yet.</param>
public sealed record NetworkInfo(
    Guid Uuid, string Name, bool IsActive, bool IsPersistent, bool IsAutostarted, string? Bridge);

/// <summary>A lease of a network's DHCP server.</summary>
/// <param name="Expires">Null means never.</param>
public sealed record DhcpLease(
    string Bridge, string? Mac, string Address, int Prefix, string? Hostname, string? ClientId, DateTimeOffset? Expires);

/// <summary>What a network update does.</summary>
public enum NetworkUpdateCommand
{
    Modify = 1,
    Delete = 2,
    AddLast = 3,
    AddFirst = 4,
}

/// <summary>The part of a network that is updated.</summary>
public enum NetworkSection
{
    IPDhcpHost = 4,
    IPDhcpRange = 5,
    ForwardInterface = 7,
    PortGroup = 9,
    DnsHost = 10,
    DnsTxt = 11,
    DnsSrv = 12,
}
