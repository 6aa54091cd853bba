using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.StorageVolumes;

internal sealed partial class StorageVolumeReconciler
{
    /// <summary>Finds the pool that the file is in. A folder without its marker says nothing about the file, so it is waited for.</summary>
    private async Task<StepResult> FindPoolOfDeleted(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var volume = scope.Entity;
        scope.Pool = PoolNameOf(volume) is { } name ? localPools.Find(name) : null;
        if (scope.Pool is { } pool)
        {
            return pool.IsMarked()
                ? StepResult.Continue
                : StepResult.Wait(StorageVolumeReasons.StoragePoolNotReady, $"The folder of storage pool \"{pool.Name}\" is not in its place; the file is deleted once it is.", LookAgain);
        }

        if (!await IsPoolGoneAsync(PoolNameOf(volume), cancellationToken))
        {
            return StepResult.Wait(StorageVolumeReasons.StoragePoolNotReady, $"Storage pool \"{PoolNameOf(volume)}\" is not set up on this node yet.", LookAgain);
        }

        if (await HonourDeletion(scope, cancellationToken) is { IsContinue: false } held)
        {
            return held;
        }

        // No pool, and so nobody's word on what to do with its files: what there is stays.
        scope.IsReleased = true;
        scope.ReleaseMessage = scope.WasMade ? $"The StoragePool is gone; {volume.Status!.Path} is kept." : "Nothing was made.";
        return StepResult.Done;
    }

    private async Task<bool> IsPoolGoneAsync(string? name, CancellationToken cancellationToken) =>
        name is null || await client.GetAsync<StoragePool>(name, null, cancellationToken) is null;

    /// <summary>Data outlives whoever has it open, a domain of somebody else too.</summary>
    private async Task<StepResult> AwaitDomains(StorageVolumeScope scope, CancellationToken cancellationToken) =>
        await domains.UsesFileAsync(PathOf(scope.Entity, scope.Pool!), cancellationToken)
            ? StepResult.Wait(StorageVolumeReasons.InUse, "A domain on this node uses the volume.", Moment)
            : StepResult.Continue;

    /// <summary>Asks, right before, whether somebody wants this volume gone, and not merely its kind or the VM that it was made for.</summary>
    private async Task<StepResult> HonourDeletion(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var decision = await client.JudgeDeletionAsync(scope.Entity, cancellationToken);
        if (decision.Choice is DeletionChoice.CarryOut && scope.Entity.VirtualMachineOwner() is { } owner && HasData(scope))
        {
            var (machine, definition) = await client.GetWithDefinitionAsync<VirtualMachine>(new ObjectKey(scope.Entity.Namespace(), owner.Name), cancellationToken);
            decision = decision.ByOwner(scope.Entity, machine, definition);
        }

        return decision.ToStep();
    }

    // Of a volume that a refused VM leaves behind nothing was made, by its status and by the pool: it goes although its VM stays.
    private static bool HasData(StorageVolumeScope scope) => scope.WasMade || (scope.Pool is { } pool && VolumeFolder.HasTrace(pool, scope.Entity));

    /// <summary>Deletes the file, or keeps it where the pool says so; either way the node is done with it.</summary>
    private async Task<StepResult> Release(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var (pool, path) = (scope.Pool!, PathOf(scope.Entity, scope.Pool!));
        if (pool.ReclaimPolicy == ReclaimPolicies.Retain)
        {
            await VolumeFolder.ForgetAsync(pool, scope.Entity, cancellationToken);
            scope.ReleaseMessage = $"The pool's reclaim policy keeps {path}.";
        }
        else
        {
            try
            {
                await folder.DeleteAsync(pool, scope.Entity, path, cancellationToken);
            }
            catch (InvalidDataException exception)
            {
                return StepResult.Stall(ConditionReasons.InvalidSpec, exception.Message);
            }

            scope.ReleaseMessage = "The file is deleted.";
        }

        missing.Forget(Guid.Parse(scope.Entity.Uid()));
        scope.IsReleased = true;
        return StepResult.Done;
    }
}
