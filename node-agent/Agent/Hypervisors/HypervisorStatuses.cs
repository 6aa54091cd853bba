using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>The node's status, as functions of what a pass knows.</summary>
internal static class HypervisorStatuses
{
    private const int ImageLimit = 100;

    /// <summary>What the node has to say now. What libvirt did not answer is left out: it is not known, and the last word stands.</summary>
    public static HypervisorStatus Of(HypervisorScope scope, HostFiles host, NodeReport report)
    {
        var images = report.Images;
        return new HypervisorStatus
        {
            ApiLevel = BerthApi.ApiLevel,
            MachineId = host.MachineId(),
            BootId = host.BootId(),
            Accelerator = scope.Accelerator is { } accelerator ? new AcceleratorStatus { Type = accelerator.Type, Reason = accelerator.Reason } : null,
            Versions = new HypervisorVersions
            {
                Agent = typeof(HypervisorStatuses).Assembly.GetName().Version?.ToString(3),
                Libvirt = scope.Versions?.Libvirt,
                Qemu = scope.Versions?.Qemu,
                Kernel = host.KernelVersion(),
            },
            LockManager = host.LockManager(),
            Capacity = new HypervisorCapacity { Cpus = host.CpuCount(), Memory = Quantity.FromBytes(host.MemoryBytes()) },
            Domains = scope.Census?.Counts,
            Pools = [.. report.Pools.Select(Rounded)],
            Images = [.. images.Take(ImageLimit)],
            OmittedImages = images.Count > ImageLimit ? images.Count - ImageLimit : null,
            Networks = [.. report.Networks],
            Orphans = scope.Census is { Orphans.Count: > 0 } withOrphans ? [.. withOrphans.Orphans] : null,
            Unmanaged = scope.Census is { Unmanaged.Count: > 0 } withUnmanaged ? [.. withUnmanaged.Unmanaged] : null,
        };
    }

    /// <summary>Puts the fresh status in place of the live one; where only figures differ, only when they may be written.</summary>
    public static void Merge(HypervisorStatus fresh, HypervisorStatus live, bool mayWriteFigures)
    {
        (live.ApiLevel, live.MachineId, live.BootId, live.Accelerator, live.Images, live.OmittedImages, live.Networks) =
            (fresh.ApiLevel, fresh.MachineId, fresh.BootId, fresh.Accelerator, fresh.Images, fresh.OmittedImages, fresh.Networks);
        live.Versions = fresh.Versions! with { Libvirt = fresh.Versions.Libvirt ?? live.Versions?.Libvirt, Qemu = fresh.Versions.Qemu ?? live.Versions?.Qemu };
        live.Capacity = fresh.Capacity;
        live.LockManager = fresh.LockManager;
        live.Pools = MergePools(fresh.Pools!, live.Pools ?? [], mayWriteFigures);
        if (fresh.Domains is { } counts)
        {
            var itemsChanged = counts.Orphans != (live.Domains?.Orphans ?? 0) || counts.Unmanaged != (live.Domains?.Unmanaged ?? 0) || live.Domains is null;
            live.Domains = mayWriteFigures || itemsChanged ? counts : live.Domains;
            (live.Orphans, live.Unmanaged) = (fresh.Orphans, fresh.Unmanaged);
        }
    }

    private static List<NodePoolStatus> MergePools(IList<NodePoolStatus> fresh, IList<NodePoolStatus> live, bool mayWriteFigures) =>
    [
        .. fresh.Select(pool => !mayWriteFigures && live.FirstOrDefault(old => old.Name == pool.Name) is { Capacity: not null } old
            ? pool with { Capacity = old.Capacity, Free = old.Free }
            : pool),
    ];

    // To a hundredth of the pool: nobody decides by less, and each change is a write that everybody who watches receives.
    private static NodePoolStatus Rounded(NodePoolStatus pool)
    {
        if (pool is not { Free: { } free, Capacity: { } capacity } || capacity.ToInt64() < 100)
        {
            return pool;
        }

        var step = Math.Max(capacity.ToInt64() / 100 / (1 << 20) * (1 << 20), 1 << 20);
        return pool with { Free = Quantity.FromBytes(free.ToInt64() / step * step) };
    }
}
