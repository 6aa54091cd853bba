using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <content>The steps of a VM that has been let go of: in the reverse order of its start, each safe to repeat.</content>
internal sealed partial class VirtualMachineReconciler
{
    // The pause process has nothing to finish, and a dead kubelet must not keep the name of the next berth.
    private static readonly DeleteOptions AtOnce = new() { GracePeriodSeconds = 0 };

    /// <summary>A node that refused the VM must not hold its unmade disks: they are deleted, and made anew where it goes next. Nothing that ever had data is.</summary>
    private async Task<StepResult> DropUnmadeVolumes(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (RefusalOf(scope.Machine) is not null)
        {
            foreach (var volume in VolumesOf(scope.Machine).Where(volume => !MachineVolumes.IsMade(volume)))
            {
                await DeleteAsync(volume, null, cancellationToken);
            }
        }

        return StepResult.Continue;
    }

    /// <summary>Nothing runs in the VM's places any more.</summary>
    private async Task<StepResult> DeleteBerths(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        foreach (var berth in BerthsOf(scope.Machine))
        {
            await DeleteAsync(berth, AtOnce, cancellationToken);
        }

        return StepResult.Continue;
    }

    /// <summary>Takes the binding back, as its agent has let go. The epoch stays: it is never used again.</summary>
    private Task<StepResult> Unbind(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var machine = scope.Machine;
        scope.NewBinding = new Binding { Epoch = machine.Epoch() };
        if (RefusalOf(machine) is { } refusal)
        {
            var (node, reason) = (machine.BoundNode()!, refusal.Message.Length > 0 ? refusal.Message : refusal.Reason);
            scope.Refusal = Refuse(scope, node, $"epoch {machine.Epoch()}", reason);
            Log.Refused(logger, node, reason);
            return Task.FromResult(StepResult.Wait(VirtualMachineReasons.PlacementRefused, $"Node \"{node}\" refused the VM: {reason}"));
        }

        return machine.WantsDomain()
            ? Task.FromResult(StepResult.Wait(VirtualMachineReasons.WaitingForScheduler, "The former node has let go of the VM; it is placed again."))
            : ReportEnd(scope, cancellationToken);
    }

    /// <summary>No node is to look at the VM. Also before it is placed anew: a label that names another node than a binding then says that somebody has rewritten one of them.</summary>
    private async Task<StepResult> RemoveIndexLabel(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Machine.Label(BerthLabels.Node) is not null)
        {
            Keep(scope, await client.MergePatchAsync(scope.Machine, IndexLabel(null), null, cancellationToken));
        }

        return StepResult.Continue;
    }

    /// <summary>A VM that rests is as it should be, unless its guest crashed and restartPolicy leaves it so.</summary>
    private Task<StepResult> ReportEnd(VirtualMachineScope scope, CancellationToken cancellationToken) => Task.FromResult(
        scope.Machine.IsCompleted() && scope.Machine.Status?.Completion?.Reason == CompletionReasons.Crashed
            ? StepResult.Stall(VirtualMachineReasons.GuestCrashed, "The guest crashed and restartPolicy leaves it so; a new value of spec.restartedAt starts it again.")
            : StepResult.Done);

    private static Task<StepResult> AwaitRelease(VirtualMachineScope scope, CancellationToken cancellationToken) => Task.FromResult(
        StepResult.Wait(VirtualMachineReasons.AwaitingRelease, $"Node \"{scope.Holder}\" has not yet let go of the VM."));

    /// <summary>A VM that a person gives up, and whose deletion is held: it goes, and its domain and its volumes' files stay where they are.</summary>
    private async Task<StepResult> LetOrphanGo(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Machine.Annotation(BerthAnnotations.Orphan) != scope.Machine.Uid()
            || (await client.JudgeDeletionAsync(scope.Machine, cancellationToken)).Choice is not DeletionChoice.Orphan)
        {
            return StepResult.Continue;
        }

        Log.Orphaned(logger, scope.Holder);
        await RemoveFinalizer(scope, cancellationToken);
        return StepResult.Done;
    }

    /// <summary>Goes on only where somebody wants this VM gone, and not merely its kind: its volumes' data goes next.</summary>
    private async Task<StepResult> HonourDeletion(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var decision = await client.JudgeDeletionAsync(scope.Machine, cancellationToken);
        return decision.Choice switch
        {
            DeletionChoice.CarryOut => StepResult.Continue,
            DeletionChoice.LookAgain => StepResult.Wait(ConditionReasons.Deleting, decision.Message, TimeSpan.FromSeconds(5)).Quietly(TimeSpan.FromSeconds(5)),
            _ => StepResult.Stall(ConditionReasons.DeletionHeld, decision.Message, TimeSpan.FromMinutes(1)),
        };
    }

    /// <summary>Deletes the volumes that were made for the VM, and waits until their nodes have let go of them.</summary>
    private async Task<StepResult> DeleteVolumes(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        _grace.Forget(scope.Machine.Uid());
        var volumes = VolumesOf(scope.Machine);
        foreach (var volume in volumes)
        {
            await DeleteAsync(volume, null, cancellationToken);
        }

        return volumes.Count == 0
            ? StepResult.Continue
            : StepResult.Wait(ConditionReasons.Deleting, $"The VM's volumes are being deleted: {string.Join(", ", volumes.Select(volume => volume.Name()).Order(StringComparer.Ordinal))}.").Quietly(Quiet);
    }

    private async Task<StepResult> RemoveFinalizer(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        try
        {
            // Kept until the watch says that it is gone: whatever wakes the key meanwhile must not do this again.
            Keep(scope, await client.RemoveFinalizerAsync(scope.Machine, BerthFinalizers.Release, cancellationToken));
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return StepResult.Done;
        }

        return StepResult.Continue;
    }

    private IReadOnlyList<StorageVolume> VolumesOf(VirtualMachine machine) => stores.Volumes.ByIndex(OwnerIndex.Name, machine.Uid());

    /// <summary>The word of the bound node's agent that it would not take the VM, or null.</summary>
    private static Condition? RefusalOf(VirtualMachine machine) =>
        machine.Status?.Conditions.Find(ConditionTypes.Ready) is { Status: ConditionStatus.False, Reason: VirtualMachineReasons.PlacementRefused } refusal ? refusal : null;

    /// <summary>Deletes exactly this object, once. Gone already, or replaced by another one, is as good.</summary>
    private async Task DeleteAsync<T>(T entity, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        // One that ends with a grace period waits for its kubelet, which may be dead: it is ended at once, where that is what is asked.
        if (entity.IsDeleting() && !(options?.GracePeriodSeconds == 0 && entity.Metadata.DeletionGracePeriodSeconds > 0))
        {
            return;
        }

        try
        {
            if (await client.DeleteAsync(entity, options, cancellationToken))
            {
                var (kind, name) = (typeof(T).Name, entity.Name());
                Log.Deleted(logger, kind, name);
            }
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            // Another object bears the name by now.
        }
    }
}
