using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>Reads lists of domains and single ones.</summary>
internal static unsafe class DomainListing
{
    private const uint StatsState = 1 << 0;
    private const uint NoWait = 1 << 29;

    /// <summary>Reads all domains with their states: one call, or one per domain where driver or daemon has no bulk form.</summary>
    internal static IReadOnlyList<DomainSummary> Read(VirConnectHandle connection)
    {
        try
        {
            return ReadBulk(connection);
        }
        catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.NoSupport)
        {
            return ReadOneByOne(connection);
        }
    }

    internal static DomainStatus ReadStatus(VirDomainHandle domain)
    {
        Check(virDomainGetState(domain, out var state, out var reason, 0));
        return DomainStatus.From(state, reason);
    }

    internal static DomainDetails ReadDetails(VirDomainHandle domain)
    {
        var status = ReadStatus(domain);
        VirDomainInfo info;
        Check(virDomainGetInfo(domain, &info));
        var persistent = Check(virDomainIsPersistent(domain)) == 1;
        Check(virDomainGetAutostart(domain, out var autostart));
        var summary = Describe(domain.DangerousGetHandle(), status);
        return new DomainDetails(
            summary.Uuid,
            summary.Name,
            summary.Id,
            status,
            persistent,
            autostart == 1,
            info.MaxMem,
            info.Memory,
            info.NrVirtCpu,
            info.CpuTime);
    }

    private static List<DomainSummary> ReadBulk(VirConnectHandle connection)
    {
        var count = Check(virConnectGetAllDomainStats(connection, StatsState, out var records, NoWait));
        try
        {
            var domains = new List<DomainSummary>(count);
            for (var i = 0; i < count; i++)
            {
                var values = TypedParameters.Copy(records[i]->Params, records[i]->Nparams);
                var status = DomainStatus.From(
                    (int)values.NumberOrZero("state.state"), (int)values.NumberOrZero("state.reason"));
                domains.Add(Describe(records[i]->Dom, status));
            }

            return domains;
        }
        finally
        {
            virDomainStatsRecordListFree(records);
        }
    }

    private static List<DomainSummary> ReadOneByOne(VirConnectHandle connection)
    {
        var count = Check(virConnectListAllDomains(connection, out var references, 0));
        return HandleArray.Read<VirDomainHandle, DomainSummary>(
            references,
            count,
            domain => Describe(domain.DangerousGetHandle(), ReadStatus(domain)),
            LibvirtErrorCode.NoDomain);
    }

    private static DomainSummary Describe(nint domain, DomainStatus status)
    {
        var id = unchecked((int)virDomainGetID(domain));
        return new DomainSummary(
            LibvirtUuid.Read(uuid => virDomainGetUUID(domain, uuid)),
            Text(virDomainGetName(domain)),
            id < 0 ? null : id,
            status);
    }
}
