using Berth.Libvirt;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>What libvirt says of itself.</summary>
internal interface IHostVersions
{
    /// <summary>Versions of libvirt's daemon and of QEMU, the latter null where libvirt does not know it.</summary>
    /// <exception cref="HypervisorException">libvirt does not answer.</exception>
    Task<(string Libvirt, string? Qemu)> GetAsync(CancellationToken cancellationToken);
}

/// <summary>Asks the host's libvirt.</summary>
internal sealed class HostVersions(LibvirtConnection connection) : IHostVersions
{
    public async Task<(string Libvirt, string? Qemu)> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            var versions = await connection.Node.GetVersionsAsync(cancellationToken);
            return (versions.Daemon.ToString(), versions.Hypervisor?.ToString());
        }
        catch (LibvirtException e)
        {
            throw new HypervisorException(e.Detail, isUnavailable: true, e);
        }
    }
}
