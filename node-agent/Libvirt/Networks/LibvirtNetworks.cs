using System.Runtime.InteropServices;
using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>The virtual networks of a host, named by their libvirt names.</summary>
/// <remarks>
/// What reads gives null where there is no such network; what changes throws <see cref="LibvirtErrorCode.NoNetwork"/>;
/// what removes says whether there was something to remove.
/// </remarks>
public sealed class LibvirtNetworks
{
    private const int AnyParent = -1;

    private readonly LibvirtConnection _connection;

    internal LibvirtNetworks(LibvirtConnection connection) => _connection = connection;

    /// <summary>Lists all networks, active or not.</summary>
    public Task<IReadOnlyList<NetworkInfo>> ListAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync<IReadOnlyList<NetworkInfo>>(LibvirtLane.Query, List, cancellationToken);

    /// <summary>Finds a network by name; null if there is none.</summary>
    public Task<NetworkInfo?> FindAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync(connection => Lookup(connection, name), Read, cancellationToken);

    /// <summary>Finds a network by UUID; null if there is none.</summary>
    public Task<NetworkInfo?> FindAsync(Guid uuid, CancellationToken cancellationToken) =>
        ReadAsync(connection => Lookup(connection, uuid), Read, cancellationToken);

    /// <summary>Reads a network's XML; null if there is none.</summary>
    public Task<string?> GetXmlAsync(string name, bool inactive, CancellationToken cancellationToken) =>
        ReadAsync(connection => Lookup(connection, name), network => ReadXml(network, inactive), cancellationToken);

    /// <summary>Reads the leases of the network's DHCP server, of one MAC or of all; null if there is no such network.</summary>
    public Task<IReadOnlyList<DhcpLease>?> GetDhcpLeasesAsync(
        string name, string? mac, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<DhcpLease>>(
            connection => Lookup(connection, name), network => ReadLeases(network, mac), cancellationToken);

    /// <summary>Adds or replaces a definition; an active network goes on as it is until it is started again.</summary>
    /// <returns>The network's UUID.</returns>
    public Task<Guid> DefineAsync(string xml, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var network = Check(virNetworkDefineXML(connection, xml));
                return ReadUuid(network);
            },
            cancellationToken);

    /// <summary>Starts a defined network: bridge, firewall rules, DHCP and DNS.</summary>
    public Task StartAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync(name, network => Check(virNetworkCreate(network)), cancellationToken);

    /// <summary>Changes part of a network without stopping it, such as one host of its DHCP server.</summary>
    public Task UpdateAsync(
        string name,
        NetworkUpdateCommand command,
        NetworkSection section,
        string xml,
        DomainImpact impact,
        CancellationToken cancellationToken) =>
        ChangeAsync(
            name,
            network => Check(virNetworkUpdate(network, (uint)command, (uint)section, AnyParent, xml, (uint)impact)),
            cancellationToken);

    /// <summary>Sets whether libvirt starts the network with the host.</summary>
    public Task SetAutostartAsync(string name, bool autostart, CancellationToken cancellationToken) =>
        ChangeAsync(name, network => Check(virNetworkSetAutostart(network, autostart ? 1 : 0)), cancellationToken);

    /// <summary>Stops a network; guests on it lose their link.</summary>
    /// <returns>False if there is no such network or it was inactive already.</returns>
    public Task<bool> DestroyAsync(string name, CancellationToken cancellationToken) =>
        RemoveAsync(
            name,
            network =>
            {
                if (Check(virNetworkIsActive(network)) == 0)
                {
                    return false;
                }

                Check(virNetworkDestroy(network));
                return true;
            },
            cancellationToken);

    /// <summary>Removes a definition; an active network goes on and becomes transient.</summary>
    /// <returns>False if there is no such network.</returns>
    public Task<bool> UndefineAsync(string name, CancellationToken cancellationToken) =>
        RemoveAsync(
            name,
            network =>
            {
                Check(virNetworkUndefine(network));
                return true;
            },
            cancellationToken);

    private static VirNetworkHandle? Lookup(VirConnectHandle connection, string name) =>
        CheckFound(virNetworkLookupByName(connection, name), LibvirtErrorCode.NoNetwork);

    private static unsafe VirNetworkHandle? Lookup(VirConnectHandle connection, Guid uuid) =>
        LibvirtUuid.Pass(
            uuid, bytes => CheckFound(virNetworkLookupByUUID(connection, bytes), LibvirtErrorCode.NoNetwork));

    private static unsafe List<NetworkInfo> List(VirConnectHandle connection)
    {
        var count = Check(virConnectListAllNetworks(connection, out var references, 0));
        return HandleArray.Read<VirNetworkHandle, NetworkInfo>(references, count, Read, LibvirtErrorCode.NoNetwork);
    }

    private static unsafe Guid ReadUuid(VirNetworkHandle network) =>
        LibvirtUuid.Read(uuid => virNetworkGetUUID(network.DangerousGetHandle(), uuid));

    private static unsafe NetworkInfo Read(VirNetworkHandle network)
    {
        var active = Check(virNetworkIsActive(network)) == 1;
        var persistent = Check(virNetworkIsPersistent(network)) == 1;
        var autostart = 0;
        if (persistent)
        {
            Check(virNetworkGetAutostart(network, out autostart));
        }

        return new NetworkInfo(
            ReadUuid(network),
            Text(virNetworkGetName(network.DangerousGetHandle())),
            active,
            persistent,
            autostart == 1,
            ReadBridge(network));
    }

    // A network without a bridge, such as one over macvtap, answers with an error.
    private static unsafe string? ReadBridge(VirNetworkHandle network)
    {
        var bridge = virNetworkGetBridgeName(network);
        return bridge is null ? null : TakeString(bridge);
    }

    private static unsafe string ReadXml(VirNetworkHandle network, bool inactive) =>
        TakeString(virNetworkGetXMLDesc(network, inactive ? 1u : 0u));

    private static unsafe List<DhcpLease> ReadLeases(VirNetworkHandle network, string? mac)
    {
        var count = Check(virNetworkGetDHCPLeases(network, mac, out var found, 0));
        var leases = new List<DhcpLease>(count);
        for (var i = 0; i < count; i++)
        {
            var lease = found[i];
            leases.Add(new DhcpLease(
                Text(lease->Iface),
                TextOrNull(lease->Mac),
                Text(lease->Ipaddr),
                (int)lease->Prefix,
                TextOrNull(lease->Hostname),
                TextOrNull(lease->Clientid),
                lease->Expirytime > 0 ? DateTimeOffset.FromUnixTimeSeconds(lease->Expirytime) : null));
            virNetworkDHCPLeaseFree(lease);
        }

        NativeMemory.Free(found);
        return leases;
    }

    private Task<T?> ReadAsync<T>(
        Func<VirConnectHandle, VirNetworkHandle?> lookup,
        Func<VirNetworkHandle, T> read,
        CancellationToken cancellationToken)
        where T : class =>
        _connection.InvokeAsync(
            LibvirtLane.Query,
            connection =>
            {
                using var network = lookup(connection);
                try
                {
                    return network is null ? null : read(network);
                }
                catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.NoNetwork)
                {
                    return null;
                }
            },
            cancellationToken);

    private Task<int> ChangeAsync(string name, Func<VirNetworkHandle, int> change, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var network = Check(virNetworkLookupByName(connection, name));
                return change(network);
            },
            cancellationToken);

    private Task<bool> RemoveAsync(
        string name, Func<VirNetworkHandle, bool> remove, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var network = Lookup(connection, name);
                return network is not null && remove(network);
            },
            cancellationToken);
}
