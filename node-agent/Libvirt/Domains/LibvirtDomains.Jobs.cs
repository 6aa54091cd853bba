using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

// Migration, and the progress of whatever takes long.
public sealed partial class LibvirtDomains
{
    private const uint CompletedJob = 1 << 0;
    private const uint KeepCompletedJob = 1 << 1;

    /// <summary>Migrates a running domain; ends when the source has handed over or has failed. No time limit: abort the job instead.</summary>
    /// <param name="destinationUri">The URI under which this host's daemon reaches the other one.</param>
    public Task MigrateAsync(
        Guid uuid, string destinationUri, MigrationOptions options, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Long,
            uuid,
            domain => Migrate(domain, destinationUri, options),
            cancellationToken,
            Timeout.InfiniteTimeSpan);

    /// <summary>Lets the guest run on the destination at once, fetching the rest of its memory as it needs it.</summary>
    public Task StartPostCopyAsync(Guid uuid, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => Check(virDomainMigrateStartPostCopy(domain, 0)), cancellationToken);

    /// <summary>Sets the limit of a migration in MiB per second.</summary>
    public Task SetMigrationBandwidthAsync(Guid uuid, ulong mibPerSecond, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Guest,
            uuid,
            domain => Check(virDomainMigrateSetMaxSpeed(domain, checked((nuint)mibPerSecond), 0)),
            cancellationToken);

    /// <summary>Reads the domain's job; its type is None if there is none. Null if there is no such domain.</summary>
    public Task<DomainJob?> GetJobAsync(Guid uuid, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Guest, uuid, domain => ReadJob(domain, 0), cancellationToken);

    /// <summary>Reads how the domain's last job ended, for as long as libvirt remembers; null if there is no such domain.</summary>
    public Task<DomainJob?> GetCompletedJobAsync(Guid uuid, CancellationToken cancellationToken) =>
        ReadAsync(LibvirtLane.Guest, uuid, domain => ReadJob(domain, CompletedJob | KeepCompletedJob), cancellationToken);

    /// <summary>Aborts the domain's job; it then fails with OperationAborted.</summary>
    public Task AbortJobAsync(Guid uuid, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => Check(virDomainAbortJob(domain)), cancellationToken);

    private static unsafe DomainJob ReadJob(VirDomainHandle domain, uint flags)
    {
        Check(virDomainGetJobStats(domain, out var type, out var parameters, out var count, flags));
        try
        {
            return DomainJob.From((DomainJobType)type, TypedParameters.Copy(parameters, count));
        }
        finally
        {
            virTypedParamsFree(parameters, count);
        }
    }

    private static unsafe bool Migrate(VirDomainHandle domain, string destinationUri, MigrationOptions options)
    {
        VirTypedParameter* parameters = null;
        int count = 0, capacity = 0;
        try
        {
            foreach (var (name, value) in Texts(options))
            {
                Check(virTypedParamsAddString(ref parameters, ref count, ref capacity, name, value));
            }

            if (options.Bandwidth is { } bandwidth)
            {
                Check(virTypedParamsAddULLong(ref parameters, ref count, ref capacity, "bandwidth", bandwidth));
            }

            if (options.ParallelConnections is { } connections)
            {
                Check(virTypedParamsAddInt(ref parameters, ref count, ref capacity, "parallel.connections", connections));
            }

            Check(virDomainMigrateToURI3(domain, destinationUri, parameters, (uint)count, (uint)options.Flags));
            return true;
        }
        finally
        {
            virTypedParamsFree(parameters, count);
        }
    }

    private static IEnumerable<(string Name, string Value)> Texts(MigrationOptions options)
    {
        (string Name, string? Value)[] single =
        [
            ("migrate_uri", options.MigrationUri),
            ("disks_uri", options.DisksUri),
            ("destination_xml", options.DestinationXml),
            ("persistent_xml", options.PersistentXml),
            ("listen_address", options.ListenAddress),
            ("tls.destination", options.TlsDestination),
        ];

        foreach (var (name, value) in single)
        {
            if (value is not null)
            {
                yield return (name, value);
            }
        }

        foreach (var disk in options.Disks)
        {
            yield return ("migrate_disks", disk);
        }
    }
}
