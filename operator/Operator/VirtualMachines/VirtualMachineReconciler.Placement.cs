using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Operator.Cluster;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <content>The steps of a VM that should run and has no node.</content>
internal sealed partial class VirtualMachineReconciler
{
    /// <summary>Deletes what is left of earlier placements. A newer berth than ours would mean that we are the ones who are late.</summary>
    private async Task<StepResult> DeleteOlderBerths(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var next = scope.Machine.Epoch() + 1;
        foreach (var berth in BerthsOf(scope.Machine).Where(berth => !(BerthNames.EpochOf(scope.Machine, berth) >= next)))
        {
            await DeleteAsync(berth, AtOnce, cancellationToken);
        }

        return StepResult.Continue;
    }

    /// <summary>Goes on only with a spec that this version carries out; a place is not kept for one that it does not.</summary>
    private async Task<StepResult> CheckSpec(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var findings = VirtualMachineValidation.Check(scope.Machine);
        if (findings.Count == 0)
        {
            return StepResult.Continue;
        }

        await DeleteBerths(scope, cancellationToken);
        return Findings.Stall(findings);
    }

    /// <summary>Goes on when all that the spec names exists and may be used.</summary>
    private Task<StepResult> CheckReferences(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var references = _references.Resolve(scope.Machine);
        scope.NodeSelectors = references.NodeSelectors;
        var missing = _grace.Check(scope.Machine.Uid(), scope.Generation, scope.Machine.Status?.Conditions, references.Missing);
        return Task.FromResult(missing.IsContinue && references.Forbidden.Count > 0
            ? StepResult.Stall(ConditionReasons.ReferenceNotAllowed, string.Join(' ', references.Forbidden))
            : missing);
    }

    /// <summary>Waits for what a former VM of this name left behind: its guest may still do what this one is meant to do, under the same addresses.</summary>
    private Task<StepResult> CheckOrphans(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var (machine, name) = (scope.Machine, OrphanNames.Of(scope.Machine));
        foreach (var host in stores.Hypervisors.List())
        {
            if (host.Status?.Orphans?.FirstOrDefault(domain => domain.Name == name && domain.Uuid != machine.Uid()) is { } orphan)
            {
                return Task.FromResult(StepResult.Stall(
                    VirtualMachineReasons.DomainNameTaken,
                    $"Domain {name} ({orphan.Uuid}) of a former VM of this name is still on node \"{host.Name()}\". It is not touched: name it in spec.removeOrphans of the Hypervisor, or give the new VM another name."));
            }
        }

        return Task.FromResult(StepResult.Continue);
    }

    /// <summary>Finds out where the VM's volumes are. What once had data is never replaced by something new.</summary>
    private async Task<StepResult> CheckVolumes(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var nodes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var disk in (scope.Machine.Spec.Disks ?? []).Where(disk => disk.Template is not null || disk.Volume is not null))
        {
            var name = scope.Machine.VolumeNameOf(disk);
            var volume = stores.Volumes.Get(new ObjectKey(scope.Machine.Namespace(), name))
                ?? (MachineVolumes.HasRecordOf(scope.Machine, name) ? await client.GetAsync<StorageVolume>(name, scope.Machine.Namespace(), cancellationToken) : null);
            if (MachineVolumes.Problem(scope.Machine, disk, volume) is { } problem)
            {
                return problem;
            }

            if (MachineVolumes.NodeOf(volume) is { } node)
            {
                nodes.Add(node);
            }
        }

        scope.VolumeNodes = [.. nodes];
        return nodes.Count > 1
            ? StepResult.Stall(ConditionReasons.InvalidSpec, $"spec.disks: the volumes are on different nodes: {string.Join(", ", nodes)}.")
            : StepResult.Continue;
    }

    /// <summary>The finalizer goes before the berth: whatever is made from here on is waited for when the VM is deleted.</summary>
    private async Task<StepResult> AddFinalizer(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (!scope.Machine.HasFinalizer(BerthFinalizers.Release))
        {
            Keep(scope, await client.AddFinalizerAsync(scope.Machine, BerthFinalizers.Release, cancellationToken));
        }

        return scope.Machine.IsDeleting() ? StepResult.Wait(ConditionReasons.Deleting, "The VM is being deleted.", TimeSpan.Zero) : StepResult.Continue;
    }

    /// <summary>Makes the berth of the next epoch, or takes note of the one that is there.</summary>
    private async Task<StepResult> EnsureBerth(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        scope.Need = levels.NeedOf(scope.Machine);
        var wanted = builder.Build(new BerthRequest(scope.Machine, scope.Machine.Epoch() + 1)
        {
            NodeSelectors = scope.NodeSelectors,
            Nodes = scope.VolumeNodes,
            AvoidedNodes = [.. scope.Refusals.Select(refusal => refusal.Node).Union(DeadNodes()).Union(NodesBelow(scope.Need))],
        });
        scope.Berth = await FindBerthAsync(wanted.Key(), cancellationToken);
        return scope.Berth switch
        {
            null => await CreateBerthAsync(scope, wanted, cancellationToken),
            { } other when !other.IsBerthOf(scope.Machine) => await RemoveFormersBerthAsync(scope, other, cancellationToken),
            { } ending when ending.IsDeleting() => StepResult.Wait(VirtualMachineReasons.WaitingForScheduler, $"Pod \"{ending.Name()}\" is being deleted.").Quietly(Quiet),
            { } rejected when rejected.IsFinished() => await ReplaceRejectedAsync(scope, rejected, cancellationToken),
            { } outdated when !BerthBuilder.IsSameTemplate(outdated, wanted) => await ReplaceOutdatedAsync(scope, outdated, wanted, cancellationToken),
            _ => StepResult.Continue,
        };
    }

    /// <summary>Waits for kube-scheduler. Readiness of the berth does not matter: the place counts from the moment it is bound.</summary>
    private Task<StepResult> AwaitScheduler(VirtualMachineScope scope, CancellationToken cancellationToken) => Task.FromResult(scope.Berth! switch
    {
        { } berth when berth.Node() is not null => StepResult.Continue,
        { } berth when berth.UnschedulableMessage() is { } message => StepResult.Wait(
            VirtualMachineReasons.Unschedulable,
            RefusalText.Append(message, scope.Refusals) + RefusalText.OfAgents(scope.Need, NodesBelow(scope.Need)),
            RefusalText.NextEnd(scope.Refusals, scope.Now)),
        _ => StepResult.Wait(
            VirtualMachineReasons.WaitingForScheduler, "The berth waits for kube-scheduler.", RefusalText.NextEnd(scope.Refusals, scope.Now)).Quietly(Quiet),
    });

    /// <summary>Turns away from a node whose agent is older than what the VM asks for, as it says itself at this moment: kube-scheduler may not have known, and an agent may have been put back.</summary>
    private async Task<StepResult> CheckAgent(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var (need, node) = (scope.Need, scope.Berth!.Node()!);
        if (need.Level <= ApiLevels.First)
        {
            return StepResult.Continue;
        }

        var level = LevelOf(await client.GetAsync<Hypervisor>(node, null, cancellationToken));
        if (level >= need.Level)
        {
            return StepResult.Continue;
        }

        var why = $"Its agent has API level {level}, and {need.Field} needs {need.Level}.";
        return await GiveUpAsync(scope, scope.Berth!, why, $"Node \"{node}\" is not given the VM. {why}", cancellationToken);
    }

    /// <summary>Nodes whose agent is known to be older than the VM needs. Of a node without a word of its agent nothing is known here; <see cref="CheckAgent"/> asks again.</summary>
    private IReadOnlyList<string> NodesBelow(ApiNeed need) => need.Level <= ApiLevels.First
        ? []
        : [.. stores.Hypervisors.List().Where(host => LevelOf(host) < need.Level).Select(host => host.Name())];

    private static int LevelOf(Hypervisor? host) => host?.Status?.ApiLevel ?? ApiLevels.First;

    /// <summary>Gives the VM to the node that kube-scheduler chose. The index label follows when this has been written: status is the authority.</summary>
    private Task<StepResult> Bind(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var node = scope.Berth!.Node()!;
        scope.NewBinding = new Binding { NodeName = node, Epoch = scope.Machine.Epoch() + 1, ApiLevel = scope.Need.Level > ApiLevels.First ? scope.Need.Level : null };
        return Task.FromResult(StepResult.Wait(VirtualMachineReasons.Bound, $"The VM is bound to node \"{node}\" and waits for its agent."));
    }

    /// <summary>The store lags behind; and it holds labelled pods only. A create that must fail would be a write all the same.</summary>
    private async Task<V1Pod?> FindBerthAsync(ObjectKey key, CancellationToken cancellationToken) =>
        stores.Berths.Get(key) ?? await client.GetAsync<V1Pod>(key, cancellationToken);

    private async Task<StepResult> CreateBerthAsync(VirtualMachineScope scope, V1Pod wanted, CancellationToken cancellationToken)
    {
        if (stores.IsTerminating(scope.Machine.Namespace()))
        {
            return StepResult.Wait(ConditionReasons.Deleting, "The namespace is being deleted.");
        }

        scope.Berth = await TryCreateAsync(wanted, cancellationToken);
        return scope.Berth is not null
            ? StepResult.Continue
            : StepResult.Wait(VirtualMachineReasons.WaitingForScheduler, $"Pod \"{wanted.Name()}\" is in the way.", TimeSpan.FromMilliseconds(200)).Quietly(Quiet);
    }

    private async Task<V1Pod?> TryCreateAsync(V1Pod wanted, CancellationToken cancellationToken)
    {
        try
        {
            var created = await client.CreateAsync(wanted, cancellationToken);
            var name = created.Name();
            Log.BerthCreated(logger, name);
            return created;
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            return null;
        }
    }

    /// <summary>A pod of that name which is not this VM's is never taken for its berth, whatever its labels say. That of a former VM holds a place for nobody: the garbage collector would delete it too, in its own time.</summary>
    private async Task<StepResult> RemoveFormersBerthAsync(VirtualMachineScope scope, V1Pod other, CancellationToken cancellationToken)
    {
        if (other.VirtualMachineOwner() is not { } owner || owner.Name != scope.Machine.Name())
        {
            return StepResult.Stall(ConditionReasons.InvalidSpec, $"metadata.name: pod \"{other.Name()}\", whose name this VM's berth has to bear, belongs to somebody else.");
        }

        // There is one VM of a name at a time: while it is this one, that one is gone.
        if ((await client.GetAsync<VirtualMachine>(scope.Key, cancellationToken))?.Uid() == scope.Machine.Uid())
        {
            await DeleteAsync(other, AtOnce, cancellationToken);
        }

        return StepResult.Wait(VirtualMachineReasons.WaitingForScheduler, $"Pod \"{other.Name()}\" of a former VM of this name is still there.", TimeSpan.FromSeconds(1)).Quietly(Quiet);
    }

    /// <summary>The node's kubelet turned the berth away: that is a refusal like an agent's, and the next try goes elsewhere.</summary>
    private async Task<StepResult> ReplaceRejectedAsync(VirtualMachineScope scope, V1Pod rejected, CancellationToken cancellationToken)
    {
        var node = rejected.Node() ?? "";
        return await GiveUpAsync(scope, rejected, rejected.Ending(), $"Node \"{node}\" rejected the berth: {rejected.Ending()}", cancellationToken);
    }

    private async Task<StepResult> GiveUpAsync(VirtualMachineScope scope, V1Pod berth, string reason, string message, CancellationToken cancellationToken)
    {
        if (berth.Node() is { } node)
        {
            scope.Refusal = Refuse(scope, node, berth.Uid(), reason);
        }

        await DeleteAsync(berth, AtOnce, cancellationToken);
        return StepResult.Wait(VirtualMachineReasons.PlacementRefused, message, TimeSpan.FromSeconds(1));
    }

    /// <summary>Nothing runs in this place yet, so it can be given up for the one that the VM asks for now.</summary>
    private async Task<StepResult> ReplaceOutdatedAsync(VirtualMachineScope scope, V1Pod outdated, V1Pod wanted, CancellationToken cancellationToken)
    {
        await DeleteAsync(outdated, AtOnce, cancellationToken);
        return await CreateBerthAsync(scope, wanted, cancellationToken);
    }

    private PlacementRefusal Refuse(VirtualMachineScope scope, string node, string incident, string reason) => new()
    {
        Node = node,
        Reason = reason,
        Until = scope.Now + _refusals.Left((scope.Machine.Uid(), node), incident),
    };
}
