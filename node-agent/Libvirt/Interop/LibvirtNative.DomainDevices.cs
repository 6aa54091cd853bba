using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainAttachDeviceFlags(VirDomainHandle domain, string xml, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainDetachDeviceFlags(VirDomainHandle domain, string xml, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainDetachDeviceAlias(VirDomainHandle domain, string alias, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainUpdateDeviceFlags(VirDomainHandle domain, string xml, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainGetBlockInfo(
        VirDomainHandle domain, string disk, VirDomainBlockInfo* info, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainBlockResize(VirDomainHandle dom, string disk, ulong size, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainBlockStatsFlags(
        VirDomainHandle dom, string disk, VirTypedParameter* @params, ref int nparams, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainInterfaceStats(
        VirDomainHandle dom, string device, VirDomainInterfaceStats* stats, nuint size);

    [LibraryImport(Library)]
    internal static partial int virDomainInterfaceAddresses(
        VirDomainHandle dom, out VirDomainInterface** ifaces, uint source, uint flags);

    [LibraryImport(Library)]
    internal static partial void virDomainInterfaceFree(VirDomainInterface* iface);

    [LibraryImport(Library)]
    internal static partial int virDomainSetVcpusFlags(VirDomainHandle domain, uint nvcpus, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainSetMemoryFlags(VirDomainHandle domain, nuint memory, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainSetMemoryStatsPeriod(VirDomainHandle domain, int period, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainOpenConsole(VirDomainHandle dom, string? dev_name, VirStreamHandle st, uint flags);

    [LibraryImport(Library)]
    internal static partial byte* virDomainScreenshot(VirDomainHandle domain, VirStreamHandle stream, uint screen, uint flags);
}

[StructLayout(LayoutKind.Sequential)]
internal struct VirDomainBlockInfo
{
    internal ulong Capacity;
    internal ulong Allocation;
    internal ulong Physical;
}

[StructLayout(LayoutKind.Sequential)]
internal struct VirDomainInterfaceStats
{
    internal long RxBytes;
    internal long RxPackets;
    internal long RxErrs;
    internal long RxDrop;
    internal long TxBytes;
    internal long TxPackets;
    internal long TxErrs;
    internal long TxDrop;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VirDomainInterface
{
    internal byte* Name;
    internal byte* Hwaddr;
    internal uint Naddrs;
    internal VirDomainIPAddress* Addrs;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VirDomainIPAddress
{
    internal int Type;
    internal byte* Addr;
    internal uint Prefix;
}
