using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Brings a <c>dir</c> pool about on this node, and takes it away again.</summary>
internal sealed class StoragePoolSetup(IHostPools pools, IPoolHistory history, INodeIdentity identity)
{
    /// <summary>What came of setting up a pool: <paramref name="Local"/> for those who use it (null when it is not known where), and why it is (not) available.</summary>
    public sealed record Result(LocalPool? Local, string Reason, string? Message = null)
    {
        public bool IsAvailable => Local?.IsAvailable == true;
    }

    /// <summary>Makes what is missing, and only where nothing was before.</summary>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refused or is not there.</exception>
    public async Task<Result> EnsureAsync(StoragePool pool, CancellationToken cancellationToken)
    {
        var name = StoragePoolXml.NameOf(pool.Name());
        var defined = await pools.FindAsync(name, cancellationToken);
        if (defined is not null && defined.Id != Guid.Parse(pool.Uid()))
        {
            return new Result(null, StoragePoolReasons.NameTaken, $"libvirt has another pool named {name} ({defined.Id}), which is left alone.");
        }

        var target = PoolTarget.Canonical(pool.Spec.Target!.Path!);
        if (defined?.Target is { } former && former != target)
        {
            return new Result(
                null, ConditionReasons.InvalidSpec,
                $"spec.target.path: may not change; the pool was built in {former} on this node, and the path leads to {target} now.");
        }

        var local = Describe(pool, target, await ExpectedMarkerAsync(pool.Uid(), cancellationToken));
        if (await CheckFolderAsync(local, defined is not null, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        if (defined is null)
        {
            await pools.DefineAsync(StoragePoolXml.Of(pool.Name(), Guid.Parse(pool.Uid()), target), cancellationToken);
        }

        if (defined is not { IsActive: true })
        {
            await pools.StartAsync(name, cancellationToken);
        }

        return new Result(local with { IsAvailable = true }, StoragePoolReasons.Available);
    }

    /// <summary>Forgets a pool whose StoragePool is known to be gone, when nothing of ours is in it; removes no file but its own marker.</summary>
    /// <returns>The pool as it must be kept for what is still in it; null when there is nothing to keep, or nothing that is ours.</returns>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refused or is not there.</exception>
    public async Task<LocalPool?> RetireAsync(string pool, CancellationToken cancellationToken)
    {
        var name = StoragePoolXml.NameOf(pool);
        if (await pools.FindAsync(name, cancellationToken) is not { Target: { } target } defined)
        {
            return null;
        }

        // The reclaim policy went with the object; keeping is the one that can be undone.
        var local = new LocalPool
        {
            Name = pool,
            Uid = defined.Id.ToString(),
            Target = target,
            Marker = await ExpectedMarkerAsync(defined.Id.ToString(), cancellationToken),
            ReclaimPolicy = ReclaimPolicies.Retain,
            IsRetired = true,
        };
        using var held = await PoolHold.TryTakeAsync(local, cancellationToken);
        if (held is null)
        {
            return null;
        }

        if (PoolContents.HoldOurs(target))
        {
            return local;
        }

        await pools.RemoveAsync(name, cancellationToken);
        held.Folder.Delete(PoolMarker.FileName);
        return null;
    }

    private async Task<Result?> CheckFolderAsync(LocalPool local, bool isDefined, CancellationToken cancellationToken)
    {
        var folder = PoolFolder.LookAt(local.Target);
        var wasBuilt = isDefined || (folder.Marker is null && await history.FindCapacityAsync(local.Uid, cancellationToken) is not null);
        switch (PoolVerdict.Of(folder, local.Marker, wasBuilt))
        {
            case PoolVerdict.Refuse refusal:
                return new Result(local, refusal.Reason, refusal.Message);
            case PoolVerdict.Build:
                PoolTarget.Create(local.Target);
                return local.Marker.Write(local.Target)
                    ? null
                    : new Result(local, StoragePoolReasons.MarkerForeign, "Somebody else has just marked the folder.");
            default:
                return null;
        }
    }

    private async Task<PoolMarker> ExpectedMarkerAsync(string uid, CancellationToken cancellationToken) =>
        new(uid, await identity.GetClusterIdAsync(cancellationToken), identity.MachineId);

    private static LocalPool Describe(StoragePool pool, string target, PoolMarker marker) => new()
    {
        Name = pool.Name(),
        Uid = pool.Uid(),
        Target = target,
        Marker = marker,
        ReclaimPolicy = pool.Spec.ReclaimPolicy,
    };
}
