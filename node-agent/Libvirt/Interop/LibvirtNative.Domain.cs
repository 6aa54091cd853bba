using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virDomainFree(nint domain);

    [LibraryImport(Library)]
    internal static partial int virConnectListAllDomains(VirConnectHandle conn, out nint* domains, uint flags);

    [LibraryImport(Library)]
    internal static partial VirDomainHandle virDomainLookupByUUID(VirConnectHandle conn, byte* uuid);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirDomainHandle virDomainLookupByName(VirConnectHandle conn, string name);

    // Identity is read from the object itself, without a call to the daemon; event callbacks hold a bare pointer.
    [LibraryImport(Library)]
    internal static partial int virDomainGetUUID(nint domain, byte* uuid);

    [LibraryImport(Library)]
    internal static partial byte* virDomainGetName(nint domain);

    [LibraryImport(Library)]
    internal static partial uint virDomainGetID(nint domain);

    [LibraryImport(Library)]
    internal static partial int virDomainGetState(VirDomainHandle domain, out int state, out int reason, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainGetInfo(VirDomainHandle domain, VirDomainInfo* info);

    [LibraryImport(Library)]
    internal static partial int virDomainIsPersistent(VirDomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainIsActive(VirDomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainGetAutostart(VirDomainHandle domain, out int autostart);

    [LibraryImport(Library)]
    internal static partial int virDomainSetAutostart(VirDomainHandle domain, int autostart);

    [LibraryImport(Library)]
    internal static partial byte* virDomainGetXMLDesc(VirDomainHandle domain, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirDomainHandle virDomainDefineXMLFlags(VirConnectHandle conn, string xml, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainUndefineFlags(VirDomainHandle domain, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirDomainHandle virDomainCreateXML(VirConnectHandle conn, string xmlDesc, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainCreateWithFlags(VirDomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainShutdownFlags(VirDomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainReboot(VirDomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainReset(VirDomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainDestroyFlags(VirDomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainSuspend(VirDomainHandle domain);

    [LibraryImport(Library)]
    internal static partial int virDomainResume(VirDomainHandle domain);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainSetMetadata(
        VirDomainHandle domain, int type, string? metadata, string? key, string? uri, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte* virDomainGetMetadata(VirDomainHandle domain, int type, string? uri, uint flags);
}

[StructLayout(LayoutKind.Sequential)]
internal struct VirDomainInfo
{
    internal byte State;
    internal nuint MaxMem;
    internal nuint Memory;
    internal ushort NrVirtCpu;
    internal ulong CpuTime;
}
