using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

// Start, stop, pause.
public sealed partial class LibvirtDomains
{
    /// <summary>Starts a domain that has no definition and vanishes when it stops; also starts one that is defined with this XML's UUID.</summary>
    /// <returns>The domain's UUID.</returns>
    public Task<Guid> CreateAsync(string xml, DomainStartOptions options, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var domain = Check(virDomainCreateXML(connection, xml, (uint)options));
                return ReadUuid(domain);
            },
            cancellationToken);

    /// <summary>Starts a defined domain, from its managed-save image if it has one.</summary>
    public Task StartAsync(Guid uuid, DomainStartOptions options, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Long, uuid, domain => Check(virDomainCreateWithFlags(domain, (uint)options)), cancellationToken);

    /// <summary>Asks the guest to power off and returns; whether and when it does is up to the guest.</summary>
    public Task ShutdownAsync(Guid uuid, DomainShutdownMode mode, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => Check(virDomainShutdownFlags(domain, (uint)mode)), cancellationToken);

    /// <summary>Asks the guest to reboot and returns.</summary>
    public Task RebootAsync(Guid uuid, DomainShutdownMode mode, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => Check(virDomainReboot(domain, (uint)mode)), cancellationToken);

    /// <summary>Presses the reset button: the guest is not asked.</summary>
    public Task ResetAsync(Guid uuid, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => Check(virDomainReset(domain, 0)), cancellationToken);

    /// <summary>Ends the domain's process; a transient domain is gone then.</summary>
    /// <param name="graceful">Fail rather than kill a process that does not go when told to, so that its disks are flushed.</param>
    /// <returns>False if there is no such domain or it was off already.</returns>
    public Task<bool> DestroyAsync(Guid uuid, bool graceful, CancellationToken cancellationToken) =>
        RemoveAsync(LibvirtLane.Long, uuid, domain => Destroy(domain, graceful ? 1u : 0u), cancellationToken);

    /// <summary>Stops the guest's CPUs.</summary>
    public Task SuspendAsync(Guid uuid, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => Check(virDomainSuspend(domain)), cancellationToken);

    /// <summary>Lets the guest's CPUs run again.</summary>
    public Task ResumeAsync(Guid uuid, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => Check(virDomainResume(domain)), cancellationToken);

    /// <summary>Writes the guest's memory to a file of the host and ends its process.</summary>
    public Task SaveAsync(Guid uuid, string path, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Long, uuid, domain => Check(virDomainSaveFlags(domain, path, null, 0)), cancellationToken);

    /// <summary>Starts a domain from a saved file of the host.</summary>
    /// <param name="xml">Replaces those parts of the saved XML that the guest cannot see; null keeps it.</param>
    public Task RestoreAsync(string path, string? xml, DomainRestoreState state, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection => Check(virDomainRestoreFlags(connection, path, xml, (uint)state)),
            cancellationToken);

    /// <summary>Saves the guest's memory where libvirt keeps it for the next start, and ends its process.</summary>
    public Task ManagedSaveAsync(Guid uuid, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Long, uuid, domain => Check(virDomainManagedSave(domain, 0)), cancellationToken);

    /// <summary>Whether libvirt keeps a saved memory image of the domain.</summary>
    public Task<bool> HasManagedSaveAsync(Guid uuid, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Query, uuid, domain => Check(virDomainHasManagedSaveImage(domain, 0)) == 1, cancellationToken);

    /// <summary>Drops the saved memory image, as if the power had failed.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> RemoveManagedSaveAsync(Guid uuid, CancellationToken cancellationToken) =>
        RemoveAsync(
            LibvirtLane.Long,
            uuid,
            domain =>
            {
                if (Check(virDomainHasManagedSaveImage(domain, 0)) == 0)
                {
                    return false;
                }

                Check(virDomainManagedSaveRemove(domain, 0));
                return true;
            },
            cancellationToken);

    private static bool Destroy(VirDomainHandle domain, uint flags)
    {
        try
        {
            Check(virDomainDestroyFlags(domain, flags));
            return true;
        }
        catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.OperationInvalid)
        {
            // "Not running", unless it is running: then it is another refusal.
            if (virDomainIsActive(domain) == 1)
            {
                throw;
            }

            return false;
        }
    }
}
