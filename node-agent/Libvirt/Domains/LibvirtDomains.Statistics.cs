using System.Runtime.InteropServices;
using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

// Figures for metrics.
public sealed partial class LibvirtDomains
{
    private const uint OnlyActive = 1 << 0;
    private const uint NoWait = 1 << 29;

    // What libvirt knows by itself, from the kernel or its own records.
    private const DomainStatisticsKinds OfTheDaemon =
        DomainStatisticsKinds.State | DomainStatisticsKinds.Cpu | DomainStatisticsKinds.Interface;

    /// <summary>Reads figures of all active domains in one call.</summary>
    /// <remarks>
    /// A guest whose monitor is busy with another call holds nothing up: its figures are merely fewer. One whose QEMU hangs
    /// holds up the first call that asks it, for as long as it hangs; State, Cpu and Interface alone ask no guest.
    /// </remarks>
    public Task<IReadOnlyList<DomainStatistics>> GetAllStatisticsAsync(
        DomainStatisticsKinds kinds, CancellationToken cancellationToken) =>
        _connection.InvokeAsync<IReadOnlyList<DomainStatistics>>(
            (kinds & ~OfTheDaemon) == 0 ? LibvirtLane.Query : LibvirtLane.Guest,
            connection => ReadAllStatistics(connection, kinds),
            cancellationToken);

    /// <summary>Reads figures of one domain, active or not; null if there is none.</summary>
    public Task<DomainStatistics?> GetStatisticsAsync(
        Guid uuid, DomainStatisticsKinds kinds, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Guest, uuid, domain => ReadStatistics(domain, kinds), cancellationToken);

    /// <summary>Reads what went through a disk, named by target or path; null if there is no such domain.</summary>
    public Task<BlockStatistics?> GetBlockStatisticsAsync(
        Guid uuid, string disk, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Guest, uuid, domain => ReadBlock(domain, disk), cancellationToken);

    /// <summary>Reads what went through an interface, named by the host's name or MAC; null if there is no such domain.</summary>
    public Task<InterfaceStatistics?> GetInterfaceStatisticsAsync(
        Guid uuid, string device, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Guest, uuid, domain => ReadInterface(domain, device), cancellationToken);

    private static unsafe List<DomainStatistics> ReadAllStatistics(VirConnectHandle connection, DomainStatisticsKinds kinds)
    {
        var count = Check(virConnectGetAllDomainStats(connection, (uint)kinds, out var records, OnlyActive | NoWait));
        return Take(records, count);
    }

    private static unsafe DomainStatistics? ReadStatistics(VirDomainHandle domain, DomainStatisticsKinds kinds)
    {
        var domains = stackalloc nint[2];
        domains[0] = domain.DangerousGetHandle();
        domains[1] = 0;
        var count = Check(virDomainListGetStats(domains, (uint)kinds, out var records, NoWait));
        return Take(records, count).FirstOrDefault();
    }

    private static unsafe List<DomainStatistics> Take(VirDomainStatsRecord** records, int count)
    {
        try
        {
            var all = new List<DomainStatistics>(count);
            for (var i = 0; i < count; i++)
            {
                var domain = records[i]->Dom;
                all.Add(DomainStatisticsReader.Read(
                    LibvirtUuid.Read(uuid => virDomainGetUUID(domain, uuid)),
                    Text(virDomainGetName(domain)),
                    TypedParameters.Copy(records[i]->Params, records[i]->Nparams)));
            }

            return all;
        }
        finally
        {
            virDomainStatsRecordListFree(records);
        }
    }

    private static unsafe BlockStatistics ReadBlock(VirDomainHandle domain, string disk)
    {
        var count = 0;
        Check(virDomainBlockStatsFlags(domain, disk, null, ref count, 0));
        var parameters = (VirTypedParameter*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(VirTypedParameter));
        try
        {
            Check(virDomainBlockStatsFlags(domain, disk, parameters, ref count, 0));
            var values = TypedParameters.Copy(parameters, count);
            return new BlockStatistics(
                values.NumberOrZero("rd_operations"),
                values.NumberOrZero("rd_bytes"),
                values.Number("rd_total_times"),
                values.NumberOrZero("wr_operations"),
                values.NumberOrZero("wr_bytes"),
                values.Number("wr_total_times"),
                values.Number("flush_operations"),
                values.Number("flush_total_times"));
        }
        finally
        {
            NativeMemory.Free(parameters);
        }
    }

    private static unsafe InterfaceStatistics ReadInterface(VirDomainHandle domain, string device)
    {
        VirDomainInterfaceStats stats;
        Check(virDomainInterfaceStats(domain, device, &stats, (nuint)sizeof(VirDomainInterfaceStats)));
        return new InterfaceStatistics(
            Known(stats.RxBytes),
            Known(stats.RxPackets),
            Known(stats.RxErrs),
            Known(stats.RxDrop),
            Known(stats.TxBytes),
            Known(stats.TxPackets),
            Known(stats.TxErrs),
            Known(stats.TxDrop));
    }

    // libvirt says -1 for a counter that the host does not keep.
    private static ulong Known(long value) => (ulong)Math.Max(0, value);
}
