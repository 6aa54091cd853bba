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
        var berth = await FindBerthAsync(wanted, cancellationToken);
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
