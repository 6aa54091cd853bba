using System.Xml;
using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>The host behind a connection.</summary>
public sealed class LibvirtNode
{
    private const int AllCells = -1;

    private readonly LibvirtConnection _connection;

    internal LibvirtNode(LibvirtConnection connection) => _connection = connection;

    /// <summary>Reads the host's name.</summary>
    public Task<string> GetHostnameAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync(LibvirtLane.Query, ReadHostname, cancellationToken);

    /// <summary>Reads the versions of daemon, library and hypervisor.</summary>
    public Task<LibvirtVersions> GetVersionsAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync(LibvirtLane.Query, ReadVersions, cancellationToken);

    /// <summary>Reads the host's capabilities; the first time after the daemon's start takes it seconds.</summary>
    public Task<string> GetCapabilitiesXmlAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync(LibvirtLane.Long, ReadCapabilities, cancellationToken);

    /// <summary>Reads what domains may have; null leaves the choice to libvirt.</summary>
    /// <param name="emulator">Path of the emulator.</param>
    /// <param name="virtType">"kvm" or "qemu".</param>
    public Task<string> GetDomainCapabilitiesXmlAsync(
        string? emulator, string? architecture, string? machine, string? virtType, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection => ReadDomainCapabilities(connection, emulator, architecture, machine, virtType),
            cancellationToken);

    /// <summary>Reads the host's UUID: the SMBIOS one unless the daemon is configured otherwise.</summary>
    public Task<Guid> GetHostUuidAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync(LibvirtLane.Long, connection => ParseHostUuid(ReadCapabilities(connection)), cancellationToken);

    /// <summary>Reads the host's CPUs and topology.</summary>
    public Task<NodeInfo> GetInfoAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync(LibvirtLane.Query, ReadInfo, cancellationToken);

    /// <summary>Reads the memory of a NUMA cell; null means of the whole host.</summary>
    public Task<NodeMemory> GetMemoryAsync(int? cell, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Query, connection => ReadMemory(connection, cell ?? AllCells), cancellationToken);

    /// <summary>Reads the free memory of each NUMA cell in bytes.</summary>
    public Task<IReadOnlyList<ulong>> GetCellsFreeMemoryAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync<IReadOnlyList<ulong>>(LibvirtLane.Query, ReadCellsFreeMemory, cancellationToken);

    private static unsafe string ReadHostname(VirConnectHandle connection) => TakeString(virConnectGetHostname(connection));

    private static unsafe string ReadCapabilities(VirConnectHandle connection) =>
        TakeString(virConnectGetCapabilities(connection));

    private static unsafe string ReadDomainCapabilities(
        VirConnectHandle connection, string? emulator, string? architecture, string? machine, string? virtType) =>
        TakeString(virConnectGetDomainCapabilities(connection, emulator, architecture, machine, virtType, 0));

    private static LibvirtVersions ReadVersions(VirConnectHandle connection)
    {
        Check(virConnectGetLibVersion(connection, out var daemon));
        Check(virGetVersion(out var library, 0, 0));
        Check(virConnectGetVersion(connection, out var hypervisor));
        return new LibvirtVersions(Decode(daemon), Decode(library), hypervisor == 0 ? null : Decode(hypervisor));
    }

    // major * 1,000,000 + minor * 1,000 + release.
    private static Version Decode(nuint version) =>
        new((int)(version / 1_000_000), (int)(version / 1_000 % 1_000), (int)(version % 1_000));

    private static Guid ParseHostUuid(string capabilities)
    {
        using var reader = XmlReader.Create(new StringReader(capabilities));
        return reader.ReadToFollowing("uuid")
            ? Guid.Parse(reader.ReadElementContentAsString())
            : throw new LibvirtException(
                "virConnectGetCapabilities",
                LibvirtErrorCode.NoSupport,
                LibvirtErrorDomain.Client,
                "the host's capabilities have no uuid");
    }

    private static unsafe NodeInfo ReadInfo(VirConnectHandle connection)
    {
        VirNodeInfo info;
        Check(virNodeGetInfo(connection, &info));
        return new NodeInfo(
            Text(info.Model),
            info.Memory,
            (int)info.Cpus,
            (int)info.Mhz,
            (int)info.Nodes,
            (int)info.Sockets,
            (int)info.Cores,
            (int)info.Threads);
    }

    private static unsafe NodeMemory ReadMemory(VirConnectHandle connection, int cell)
    {
        var count = 0;
        Check(virNodeGetMemoryStats(connection, cell, null, ref count, 0));
        var stats = stackalloc VirNodeMemoryStats[count];
        Check(virNodeGetMemoryStats(connection, cell, stats, ref count, 0));
        var values = new Dictionary<string, ulong>();
        for (var i = 0; i < count; i++)
        {
            values[Text(stats[i].Field)] = stats[i].Value;
        }

        return new NodeMemory(
            values.GetValueOrDefault("total"),
            values.GetValueOrDefault("free"),
            values.TryGetValue("buffers", out var buffers) ? buffers : null,
            values.TryGetValue("cached", out var cached) ? cached : null);
    }

    private static unsafe ulong[] ReadCellsFreeMemory(VirConnectHandle connection)
    {
        const int MaximumCells = 1024;
        var free = new ulong[MaximumCells];
        fixed (ulong* cells = free)
        {
            return free[..Check(virNodeGetCellsFreeMemory(connection, cells, 0, MaximumCells))];
        }
    }
}
