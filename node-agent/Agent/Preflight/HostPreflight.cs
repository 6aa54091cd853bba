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
    private const string Pods = "pods";

    /// <summary>What is so now.</summary>
    /// <param name="versions">Of libvirt and QEMU; null while libvirt does not answer.</param>
    public HostFacts Look((string Libvirt, string? Qemu)? versions)
    {
        var node = nodes.Get(new ObjectKey(null, options.NodeName))?.Status;
        return new()
        {
            WantsKvm = options.Accelerator != Accelerators.Tcg,
            Kernel = kernel,
            Pages = pages,
            IsIntel = host.IsIntel(),
            CgroupVersion = cgroups.Version,
            LockManager = host.LockManager(),
            Versions = versions,
            ClockIsSynchronized = clock.IsSynchronized(),
            ReservedByKubelet = Amount(node?.Capacity, Memory) - Amount(node?.Allocatable, Memory),
            MostPods = Amount(node?.Allocatable, Pods),
            MemoryReserve = options.MemoryReserve,
        };
    }

    private static long? Amount(IDictionary<string, Quantity>? resources, string name) => resources?.TryGetValue(name, out var amount) == true ? amount.ToInt64() : null;
}
