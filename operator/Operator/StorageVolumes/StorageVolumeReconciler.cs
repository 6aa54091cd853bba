using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Operator.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.StorageVolumes;

/// <summary>Finds an agent for each volume that has none, and lets a deleted one go when its agent has let go of it.</summary>
internal sealed partial class StorageVolumeReconciler(
    IKubernetesClient client,
    OperatorStores stores,
    ExecutorChoice executors,
    TimeProvider time,
    ILogger<StorageVolumeReconciler> logger) : IReconciler<StorageVolume, StorageVolumeStatus, StorageVolumeScope>
{
    private readonly ReferenceGrace _grace = new(time);

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string>();

    public IReadOnlyList<Step<StorageVolumeScope>> StepsFor(StorageVolume volume) => VolumeStages.Of(volume) switch
    {
        VolumeStage.Placing => [CheckSpec, CheckReferences, AddFinalizer, ChooseExecutor],
        VolumeStage.Given => [AddFinalizer, SetIndexLabel],
        VolumeStage.MachinesOwn => [AddFinalizer, SetIndexLabel],
        _ => [LetOrphanGo, AwaitUsers, HandToSomebody, SetIndexLabel, AwaitRelease, RemoveFinalizer],
    };

    public StorageVolumeScope CreateScope(StorageVolume entity) => new(entity);

    /// <summary>The operator speaks for a volume only while no agent does.</summary>
    public bool OwnsStatus(StorageVolumeScope scope) =>
        VolumeStages.GivenTo(scope.Volume) is null && (scope.Volume.VirtualMachineOwner() is null || scope.NewExecutor is not null);

    public void ComputeStatus(StorageVolumeScope scope, StepResult outcome, StorageVolumeStatus desired)
    {
        if (OwnsStatus(scope))
        {
            desired.Executor = scope.NewExecutor ?? desired.Executor;
            desired.State = StorageVolumeStates.Pending;
        }
    }

    public IEnumerable<Condition> ConditionsFor(StorageVolumeScope scope, StepResult outcome)
    {
        yield return outcome is { IsContinue: false, IsDone: false }
            ? Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message)
            : Condition.False(ConditionTypes.Ready, StorageVolumeReasons.WaitingForNode, "The volume waits for a node.");
    }

    private Task<StepResult> CheckSpec(StorageVolumeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(Findings.Stall(StorageVolumeValidation.Check(scope.Volume)));

    private Task<StepResult> CheckReferences(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var volume = scope.Volume;
        var found = new ResolvedReferences();
        var pool = stores.Pool(volume.Spec.Pool);
        var what = string.IsNullOrEmpty(volume.Spec.Pool) ? $"A default StoragePool (annotation {BerthAnnotations.DefaultPool}: \"true\")" : $"StoragePool \"{volume.Spec.Pool}\"";
        found.Add(pool, pool?.Spec.AllowedNamespaces, null, stores.Namespaces.Get(new ObjectKey(null, volume.Namespace() ?? "")), what);
        if (volume.Spec.Source?.Image is { Length: > 0 } image)
        {
            found.Require(stores.Images.Get(new ObjectKey(null, image)), $"Image \"{image}\" does not exist.");
        }

        var missing = _grace.Check(volume.Uid(), scope.Generation, volume.Status?.Conditions, found.Missing);
        return Task.FromResult(missing.IsContinue && found.Forbidden.Count > 0
            ? StepResult.Stall(ConditionReasons.ReferenceNotAllowed, string.Join(' ', found.Forbidden))
            : missing);
    }

    private async Task<StepResult> AddFinalizer(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        if (!scope.Volume.HasFinalizer(BerthFinalizers.Release))
        {
            Keep(scope, await client.AddFinalizerAsync(scope.Volume, BerthFinalizers.Release, cancellationToken));
        }

        return StepResult.Continue;
    }

    /// <summary>The node of the VM that uses the volume; with none in sight, a healthy node of the pool. A VM that is about to be placed is waited for: it knows better where it can run.</summary>
    private Task<StepResult> ChooseExecutor(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var users = UsersOf(scope.Volume);
        if (users.FirstOrDefault(machine => !machine.IsReleased()) is { } user)
        {
            return Task.FromResult(Give(scope, user.BoundNode()!));
        }

        if (users.FirstOrDefault(machine => machine.WantsDomain()) is { } coming)
        {
            return Task.FromResult(StepResult.Wait(StorageVolumeReasons.WaitingForNode, $"The volume waits until VirtualMachine \"{coming.Name()}\", which uses it, is bound."));
        }

        return Task.FromResult(executors.Choose(scope.Volume) is { } node
            ? Give(scope, node)
            : StepResult.Wait(ConditionReasons.NoNode, "No node has the pool available.", TimeSpan.FromSeconds(30)));
    }

    private StepResult Give(StorageVolumeScope scope, string node)
    {
        scope.NewExecutor = new Binding { NodeName = node, Epoch = (scope.Volume.Status?.Executor?.Epoch ?? 0) + 1 };
        Log.ExecutorChosen(logger, node);
        return StepResult.Wait(StorageVolumeReasons.WaitingForNode, $"The volume is given to node \"{node}\".");
    }

    /// <summary>Shows the volume to its agent. The label follows status, which is the authority.</summary>
    private async Task<StepResult> SetIndexLabel(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        if (VolumeStages.GivenTo(scope.Volume) is { } node && scope.Volume.Label(BerthLabels.Node) != node)
        {
            var label = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [BerthLabels.Node] = node } } };
            Keep(scope, await client.MergePatchAsync(scope.Volume, label, null, cancellationToken));
        }

        return StepResult.Continue;
    }

    /// <summary>A volume that a person gives up, and whose deletion is held: it goes, and its file stays where it is.</summary>
    /// <remarks>That is all the operator asks about a deletion: the agent does before it deletes the file, and whom no agent has to let go of has none.</remarks>
    private async Task<StepResult> LetOrphanGo(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var volume = scope.Volume;
        if (volume.Annotation(BerthAnnotations.Orphan) != volume.Uid())
        {
            return StepResult.Continue;
        }

        var decision = await client.JudgeDeletionAsync(volume, cancellationToken);
        if (decision.Choice is DeletionChoice.CarryOut && volume.VirtualMachineOwner() is { } owner)
        {
            var (machine, definition) = await client.GetWithDefinitionAsync<VirtualMachine>(new ObjectKey(volume.Namespace(), owner.Name), cancellationToken);
            decision = decision.ByOwner(volume, machine, definition);
        }

        return decision.Choice is DeletionChoice.Orphan ? await RemoveFinalizer(scope, cancellationToken) : StepResult.Continue;
    }

    /// <summary>Data outlives whoever has it open.</summary>
    private Task<StepResult> AwaitUsers(StorageVolumeScope scope, CancellationToken cancellationToken) => Task.FromResult(
        UsersOf(scope.Volume).FirstOrDefault(machine => !machine.IsReleased()) is { } user
            ? StepResult.Wait(StorageVolumeReasons.InUse, $"VirtualMachine \"{user.Name()}\" uses the volume.")
            : StepResult.Continue);

    /// <summary>A volume that was shown to a node for a VM's sake, and that no status names a node for, may have been half made there: that node has to clean up.</summary>
    private Task<StepResult> HandToSomebody(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var volume = scope.Volume;
        return Task.FromResult(VolumeStages.IsReleased(volume) || VolumeStages.GivenTo(volume) is not null || VolumeStages.WasNeverGiven(volume)
            ? StepResult.Continue
            : Give(scope, volume.Label(BerthLabels.Node)!));
    }

    private static Task<StepResult> AwaitRelease(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var volume = scope.Volume;
        return Task.FromResult(VolumeStages.IsReleased(volume) || VolumeStages.WasNeverGiven(volume)
            ? StepResult.Continue
            : StepResult.Wait(ConditionReasons.Deleting, $"Node \"{VolumeStages.GivenTo(volume)}\" has not yet let go of the volume."));
    }

    private async Task<StepResult> RemoveFinalizer(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        _grace.Forget(scope.Volume.Uid());
        try
        {
            if (scope.Volume.HasFinalizer(BerthFinalizers.Release))
            {
                Keep(scope, await client.RemoveFinalizerAsync(scope.Volume, BerthFinalizers.Release, cancellationToken));
                Log.Released(logger);
            }
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // Gone already.
        }

        return StepResult.Done;
    }

    /// <summary>VMs whose spec names the volume, or that it was made for.</summary>
    private IReadOnlyList<VirtualMachine> UsersOf(StorageVolume volume)
    {
        var named = stores.Machines.ByIndex(MachineReferenceNames.Index, MachineReferenceNames.Key(ReferenceKind.Volume, volume.Name(), volume.Namespace()));
        return volume.VirtualMachineOwner() is { } owner
            && stores.Machines.Get(new ObjectKey(volume.Namespace(), owner.Name)) is { } machine && machine.Uid() == owner.Uid
            ? [.. named, machine]
            : named;
    }

    private void Keep(StorageVolumeScope scope, StorageVolume patched)
    {
        scope.Entity = patched;
        stores.Volumes.Observe(patched);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Volume is given to node {Node}")]
        public static partial void ExecutorChosen(ILogger logger, string node);

        [LoggerMessage(Level = LogLevel.Information, Message = "Volume is released")]
        public static partial void Released(ILogger logger);
    }
}
