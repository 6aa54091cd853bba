using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virInitialize();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirConnectHandle virConnectOpenAuth(string name, nint auth, uint flags);

    [LibraryImport(Library)]
    internal static partial int virConnectClose(nint conn);

    [LibraryImport(Library)]
    internal static partial int virConnectIsAlive(VirConnectHandle conn);

    [LibraryImport(Library)]
    internal static partial int virConnectSetKeepAlive(VirConnectHandle conn, int interval, uint count);

    [LibraryImport(Library)]
    internal static partial int virConnectRegisterCloseCallback(
        VirConnectHandle conn,
        delegate* unmanaged[Cdecl]<nint, int, nint, void> cb,
        nint opaque,
        delegate* unmanaged[Cdecl]<nint, void> freecb);

    [LibraryImport(Library)]
    internal static partial int virConnectUnregisterCloseCallback(
        VirConnectHandle conn, delegate* unmanaged[Cdecl]<nint, int, nint, void> cb);

    [LibraryImport(Library)]
    internal static partial byte* virConnectGetType(VirConnectHandle conn);

    [LibraryImport(Library)]
    internal static partial byte* virConnectGetHostname(VirConnectHandle conn);

    [LibraryImport(Library)]
    internal static partial int virConnectGetLibVersion(VirConnectHandle conn, out nuint libVer);

    [LibraryImport(Library)]
    internal static partial int virConnectGetVersion(VirConnectHandle conn, out nuint hvVer);

    [LibraryImport(Library)]
    internal static partial int virGetVersion(out nuint libVer, nint type, nint typeVer);

    [LibraryImport(Library)]
    internal static partial byte* virConnectGetCapabilities(VirConnectHandle conn);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte* virConnectGetDomainCapabilities(
        VirConnectHandle conn, string? emulatorbin, string? arch, string? machine, string? virttype, uint flags);

    [LibraryImport(Library)]
    internal static partial int virNodeGetInfo(VirConnectHandle conn, VirNodeInfo* info);

    [LibraryImport(Library)]
    internal static partial int virNodeGetMemoryStats(
        VirConnectHandle conn, int cellNum, VirNodeMemoryStats* stats, ref int nparams, uint flags);

    [LibraryImport(Library)]
    internal static partial int virNodeGetCellsFreeMemory(VirConnectHandle conn, ulong* freeMems, int startCell, int maxCells);
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VirNodeInfo
{
    internal fixed byte Model[32];
    internal nuint Memory;
    internal uint Cpus;
    internal uint Mhz;
    internal uint Nodes;
    internal uint Sockets;
    internal uint Cores;
    internal uint Threads;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VirNodeMemoryStats
{
    internal fixed byte Field[80];
    internal ulong Value;
}
