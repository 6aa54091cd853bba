using Berth.Libvirt;

namespace Berth.NodeAgent.Preflight;

/// <summary>The host's clock.</summary>
internal interface IHostClock
{
    /// <summary>Whether it follows a time source; null where the kernel does not tell.</summary>
    bool? IsSynchronized();
}

/// <summary>The clock of this host, by the kernel's word.</summary>
internal sealed class KernelClock : IHostClock
{
    public bool? IsSynchronized() => HostClock.IsSynchronized();
}
