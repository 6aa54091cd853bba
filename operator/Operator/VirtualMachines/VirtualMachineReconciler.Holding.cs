using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <content>The steps of a VM that a node's agent holds. Its guest is never touched from here.</content>
internal sealed partial class VirtualMachineReconciler
{
    /// <summary>A binding that no agent has been shown yet must be the operator's own, since the label makes it count. It is not while the VM holds a place elsewhere: before a VM is bound, its earlier berths are deleted. Nor is it when the label names another node and nothing bears the binding out: before a VM is placed anew, its label is taken away.</summary>
    private async Task<StepResult> VerifyBinding(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var machine = scope.Machine;
        var label = machine.Label(BerthLabels.Node);
        if (label == scope.Holder)
        {
            return StepResult.Continue;
        }

        foreach (var other in BerthsOf(machine).Where(berth => IsPlaceElsewhere(machine, scope.Holder!, berth)))
        {
            // The store may lag behind our own deletion.
            if (await client.GetAsync<V1Pod>(other.Key(), cancellationToken) is { } live && live.Uid() == other.Uid() && live.HoldsPlace())
            {
                return Doubt(scope, $"berth \"{live.Name()}\" still holds the VM's place on node \"{live.Node()}\"");
            }
        }

        return label is null || await IsBorneOutAsync(scope, cancellationToken)
            ? StepResult.Continue
            : Doubt(scope, $"the label {BerthLabels.Node} names node \"{label}\" and no berth holds a place for the VM");
    }

    private StepResult Doubt(VirtualMachineScope scope, string evidence)
    {
        scope.IsInDoubt = true;
        Log.BindingInDoubt(logger, scope.Holder!, scope.Machine.Epoch(), evidence);
        return StepResult.Stall(
            VirtualMachineReasons.BindingInDoubt,
            $"status.binding names node \"{scope.Holder}\" at epoch {scope.Machine.Epoch()}, but {evidence}: somebody other than Berth has written it. "
            + "Nothing is moved, started or stopped until a person has put status.binding right or deleted that berth.");
    }

    private static bool IsPlaceElsewhere(VirtualMachine machine, string holder, V1Pod berth) =>
        berth.HoldsPlace() && (BerthNames.EpochOf(machine, berth) != machine.Epoch() || berth.Node() != holder);

    /// <summary>Makes the volumes of templated disks, now that their node is known. What is wrong with one that exists is the agent's to say.</summary>
    private async Task<StepResult> MakeVolumes(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var machine = scope.Machine;
        if (machine.UnknownFields.Count > 0)
        {
            // Nobody can tell what a disk of this spec is to be; those that are there stay.
            return StepResult.Continue;
        }

        foreach (var disk in (machine.Spec.Disks ?? []).Where(disk => disk.Template is not null))
        {
            var name = machine.VolumeNameOf(disk);
            if (stores.Volumes.Get(new ObjectKey(machine.Namespace(), name)) is null && !MachineVolumes.HasRecordOf(machine, name))
            {
                await TryCreateAsync(MachineVolumes.Build(machine, disk, scope.Holder!, stores.Pool(disk.Template!.Pool)?.Name() ?? disk.Template.Pool), cancellationToken);
            }
        }

        return StepResult.Continue;
    }

    /// <summary>Shows the VM to its node's agent. Also on the way out: an agent that never saw the VM could not release it.</summary>
    private async Task<StepResult> SetIndexLabel(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Machine.Label(BerthLabels.Node) != scope.Holder)
        {
            Keep(scope, await client.MergePatchAsync(scope.Machine, IndexLabel(scope.Holder), null, cancellationToken));
        }

        return StepResult.Continue;
    }

    /// <summary>Whether the agent's word or the berth agrees with the binding.</summary>
    private async Task<bool> IsBorneOutAsync(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var machine = scope.Machine;
        var key = new ObjectKey(machine.Namespace(), BerthNames.Of(machine, machine.Epoch()));
        return machine.Status?.NodeName == scope.Holder || (await FindBerthAsync(key, cancellationToken) is { } berth && berth.IsBerthOf(machine) && berth.Node() == scope.Holder);
    }

    /// <summary>Takes note of a node that is not heard any more. That proves nothing about the guest, and nothing is done to it.</summary>
    private Task<StepResult> WatchNode(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Unreachable is not null)
        {
            return Task.FromResult(StepResult.Continue);
        }

        scope.Unreachable = _unreachable.MessageFor(scope.Machine, scope.Holder!, out var retry);
        return Task.FromResult(retry is { } after ? StepResult.Wait(VirtualMachineReasons.NodeUnreachable, "", after) : StepResult.Continue);
    }

    private Task<StepResult> ReportUnreachable(VirtualMachineScope scope, CancellationToken cancellationToken) => Task.FromResult(
        scope.Unreachable is { } message ? StepResult.Wait(VirtualMachineReasons.NodeUnreachable, message) : StepResult.Continue);

    /// <summary>Sees to it that the running VM's place is held: a lost berth is made again, on the same node and through the scheduler.</summary>
    private async Task<StepResult> KeepPlace(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var wanted = builder.Build(new BerthRequest(scope.Machine, scope.Machine.Epoch()) { OccupiedNode = scope.Holder });
        var berth = await FindBerthAsync(wanted.Key(), cancellationToken);
        if (berth is not null && berth.IsBerthOf(scope.Machine) && berth.HoldsPlace() && berth.Node() == scope.Holder)
        {
            return StepResult.Continue;
        }

        scope.PlaceLoss = DescribeLoss(scope.Machine, berth);
        var name = wanted.Name();
        Log.PlaceLost(logger, name, scope.PlaceLoss.Message);
        return await RegainPlaceAsync(scope, berth, wanted, cancellationToken);
    }

    private async Task<StepResult> RegainPlaceAsync(VirtualMachineScope scope, V1Pod? lost, V1Pod wanted, CancellationToken cancellationToken)
    {
        var wait = StepResult.Wait(scope.PlaceLoss!.Reason, scope.PlaceLoss.Message);
        if (stores.IsTerminating(scope.Machine.Namespace()) || (lost is not null && !lost.IsBerthOf(scope.Machine)))
        {
            return scope.Unreachable is null ? wait : StepResult.Continue;
        }

        var isUseless = lost is not null && !lost.IsDeleting() && (lost.IsFinished() || (lost.Node() is { } node && node != scope.Holder));
        if (isUseless)
        {
            // Kept until its time has come: a kubelet that rejects each berth must not be fed a new one every moment.
            if (_losses.Left(scope.Machine.Uid(), lost!.Uid()) is { Ticks: > 0 } left)
            {
                return StepResult.Wait(wait.Reason, wait.Message, left);
            }

            await DeleteAsync(lost!, AtOnce, cancellationToken);
        }

        if (lost is null || isUseless)
        {
            await TryCreateAsync(wanted, cancellationToken);
        }

        return scope.Unreachable is null ? wait : StepResult.Continue;
    }

    private static PlaceLoss DescribeLoss(VirtualMachine machine, V1Pod? berth) => berth switch
    {
        null => new(VirtualMachineReasons.WaitingForScheduler, "The berth was deleted; it is made again on the same node."),
        _ when !berth.IsBerthOf(machine) => new(VirtualMachineReasons.WaitingForScheduler, $"Pod \"{berth.Name()}\", whose name the berth has to bear, belongs to somebody else."),
        _ when berth.IsDeleting() => new(VirtualMachineReasons.WaitingForScheduler, "The berth is being deleted."),
        _ when berth.IsFinished() => new(VirtualMachineReasons.WaitingForScheduler, $"The berth has ended ({berth.Ending()}); it is made again on the same node."),
        _ when berth.UnschedulableMessage() is { } message => new(VirtualMachineReasons.Unschedulable, message),
        _ => new(VirtualMachineReasons.WaitingForScheduler, "The berth waits for kube-scheduler."),
    };

    private async Task TryCreateAsync(StorageVolume volume, CancellationToken cancellationToken)
    {
        try
        {
            stores.Volumes.Observe(await client.CreateAsync(volume, cancellationToken));
            var name = volume.Name();
            Log.VolumeCreated(logger, name);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            // The store lags behind; whose it is, the agent looks at before it uses it.
        }
    }

    private static JsonObject IndexLabel(string? node) => new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [BerthLabels.Node] = node } } };
}
