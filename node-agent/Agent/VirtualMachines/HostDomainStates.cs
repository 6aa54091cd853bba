using Berth.Libvirt;
using LibvirtState = Berth.Libvirt.DomainState;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>libvirt's states in the reconciler's words.</summary>
internal static class HostDomainStates
{
    public static DomainState StateOf(DomainStatus status) => status.State switch
    {
        LibvirtState.Running or LibvirtState.Blocked => DomainState.Running,
        LibvirtState.Paused or LibvirtState.PMSuspended => DomainState.Paused,
        LibvirtState.ShuttingDown => DomainState.ShuttingDown,
        LibvirtState.Crashed when status.IsActive => DomainState.Crashed,
        _ => DomainState.Off,
    };

    public static DomainEnd EndOf(DomainStatus status) => (StateOf(status), status.Reason) switch
    {
        (not DomainState.Off, _) => DomainEnd.Unknown,
        (_, DomainStateReason.Shutdown) => DomainEnd.Shutdown,
        (_, DomainStateReason.Destroyed) => DomainEnd.Destroyed,
        (_, DomainStateReason.Crashed or DomainStateReason.Panicked) => DomainEnd.Crashed,
        (_, DomainStateReason.Failed) => DomainEnd.Failed,
        _ => status.State is LibvirtState.Crashed ? DomainEnd.Crashed : DomainEnd.Unknown,
    };
}
