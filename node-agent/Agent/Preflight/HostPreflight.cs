using Berth.Kubernetes;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Protection;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Preflight;

/// <summary>Looks at the node.</summary>
internal sealed class HostPreflight(
    AgentOptions options, KernelFiles kernel, HostPages pages, HostFiles host, HostCgroups cgroups, IHostClock clock, IObjectStore<V1Node> nodes)
{
    private const string Memory = "memory";

    /// <summary>What is so now.</summary>
    /// <param name="versions">Of libvirt and QEMU; null while libvirt does not answer.</param>
    public HostFacts Look((string Libvirt, string? Qemu)? versions) => new()
    {
        WantsKvm = options.Accelerator != Accelerators.Tcg,
        Kernel = kernel,
        Pages = pages,
        IsIntel = host.IsIntel(),
        CgroupVersion = cgroups.Version,
        LockManager = host.LockManager(),
        Versions = versions,
        ClockIsSynchronized = clock.IsSynchronized(),
        ReservedByKubelet = ReservedByKubelet(),
        MemoryReserve = options.MemoryReserve,
    };

    private long? ReservedByKubelet() =>
        nodes.Get(new ObjectKey(null, options.NodeName))?.Status is { Capacity: { } capacity, Allocatable: { } allocatable }
        && capacity.TryGetValue(Memory, out var all) && allocatable.TryGetValue(Memory, out var left)
            ? all.ToInt64() - left.ToInt64()
            : null;
}
