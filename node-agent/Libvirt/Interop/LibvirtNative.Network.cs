using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virNetworkFree(nint network);

    [LibraryImport(Library)]
    internal static partial int virConnectListAllNetworks(VirConnectHandle conn, out nint* nets, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirNetworkHandle virNetworkLookupByName(VirConnectHandle conn, string name);

    [LibraryImport(Library)]
    internal static partial VirNetworkHandle virNetworkLookupByUUID(VirConnectHandle conn, byte* uuid);

    [LibraryImport(Library)]
    internal static partial byte* virNetworkGetName(nint network);

    [LibraryImport(Library)]
    internal static partial int virNetworkGetUUID(nint network, byte* uuid);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirNetworkHandle virNetworkDefineXML(VirConnectHandle conn, string xmlDesc);

    [LibraryImport(Library)]
    internal static partial int virNetworkUndefine(VirNetworkHandle network);

    [LibraryImport(Library)]
    internal static partial int virNetworkCreate(VirNetworkHandle network);

    [LibraryImport(Library)]
    internal static partial int virNetworkDestroy(VirNetworkHandle network);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virNetworkUpdate(
        VirNetworkHandle network, uint command, uint section, int parentIndex, string xml, uint flags);

    [LibraryImport(Library)]
    internal static partial byte* virNetworkGetXMLDesc(VirNetworkHandle network, uint flags);

    [LibraryImport(Library)]
    internal static partial byte* virNetworkGetBridgeName(VirNetworkHandle network);

    [LibraryImport(Library)]
    internal static partial int virNetworkGetAutostart(VirNetworkHandle network, out int autostart);

    [LibraryImport(Library)]
    internal static partial int virNetworkSetAutostart(VirNetworkHandle network, int autostart);

    [LibraryImport(Library)]
    internal static partial int virNetworkIsActive(VirNetworkHandle net);

    [LibraryImport(Library)]
    internal static partial int virNetworkIsPersistent(VirNetworkHandle net);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virNetworkGetDHCPLeases(
        VirNetworkHandle network, string? mac, out VirNetworkDHCPLease** leases, uint flags);

    [LibraryImport(Library)]
    internal static partial void virNetworkDHCPLeaseFree(VirNetworkDHCPLease* lease);
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VirNetworkDHCPLease
{
    internal byte* Iface;
    internal long Expirytime;
    internal int Type;
    internal byte* Mac;
    internal byte* Iaid;
    internal byte* Ipaddr;
    internal uint Prefix;
    internal byte* Hostname;
    internal byte* Clientid;
}
