using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virConnectGetAllDomainStats(
        VirConnectHandle conn, uint stats, out VirDomainStatsRecord** retStats, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainListGetStats(
        nint* doms, uint stats, out VirDomainStatsRecord** retStats, uint flags);

    [LibraryImport(Library)]
    internal static partial void virDomainStatsRecordListFree(VirDomainStatsRecord** stats);

    [LibraryImport(Library)]
    internal static partial int virDomainGetJobStats(
        VirDomainHandle domain, out int type, out VirTypedParameter* @params, out int nparams, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainAbortJob(VirDomainHandle dom);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainMigrateToURI3(
        VirDomainHandle domain, string? dconnuri, VirTypedParameter* @params, uint nparams, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainMigrateStartPostCopy(VirDomainHandle domain, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainMigrateSetMaxSpeed(VirDomainHandle domain, nuint bandwidth, uint flags);
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VirDomainStatsRecord
{
    internal nint Dom;
    internal VirTypedParameter* Params;
    internal int Nparams;
}
