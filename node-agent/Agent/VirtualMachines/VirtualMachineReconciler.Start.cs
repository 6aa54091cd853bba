using Berth.Api;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Seeds;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

// From what the VM needs to a running guest. While the guest runs these steps only look.
internal sealed partial class VirtualMachineReconciler
{
    /// <summary>A guest that was started again so often without running for <see cref="StartBackOff.ResetAfter"/> is told as Stalled.</summary>
    private const int RestartsOfALoop = 5;

    private static readonly StepResult CrashedForGood =
        StepResult.Stall(VirtualMachineReasons.GuestCrashed, "The guest crashed, and restartPolicy leaves it so; a new value of spec.restartedAt starts it again.");

    /// <summary>A guest that is off although it should run: started again, later, or not any more, as restartPolicy says.</summary>
    private Task<StepResult> HonourRestartPolicy(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Domain is not { IsActive: false } domain || domain.Owner?.Epoch != scope.Machine.Epoch()
            || RestartIsDue(scope) || memory.Shutdowns.IsUnderWay(scope.DomainId))
        {
            return Task.FromResult(StepResult.Continue);
        }

        return Task.FromResult(RestartDecision.Of(scope.Machine.Spec.RestartPolicy, domain.End) switch
        {
            AfterEnd.Start => StepResult.Continue,
            AfterEnd.Restart => RestartAfterBackOff(scope, domain),
            AfterEnd.Crash => Complete(scope, nameof(AfterEnd.Crash)),
            _ => Complete(scope, nameof(AfterEnd.Complete)),
        });
    }

    private StepResult RestartAfterBackOff(VirtualMachineScope scope, Domain domain)
    {
        var (now, startedAt, restarts) = (time.GetUtcNow(), domain.Owner?.StartedAt, scope.Machine.Status?.Restarts ?? 0);
        var before = now - startedAt < StartBackOff.ResetAfter ? restarts : 0;
        var left = memory.BackOff.Left(scope.DomainId, $"{startedAt:O}", now - startedAt, before, now);
        if (left > TimeSpan.Zero)
        {
            // Between two ends it is Running and Ready for a moment: no deadline would ever come to an end.
            var message = $"The guest ended by itself ({domain.End}) and is started again after a pause.";
            return before < RestartsOfALoop
                ? StepResult.Wait(VirtualMachineReasons.RestartBackOff, message, left)
                : StepResult.Stall(VirtualMachineReasons.RestartBackOff, $"{message} It has been started again {before} times and does not stay.", left);
        }

        scope.Restarts = restarts + 1;
        return StepResult.Continue;
    }

    // The end is written down first and released in the next pass: were it the other way round, an agent that dies in between
    // would find no domain and start the guest again.
    private StepResult Complete(VirtualMachineScope scope, string end)
    {
        var crashed = end == nameof(AfterEnd.Crash);
        scope.Completion = new Completion { Time = time.GetUtcNow(), Reason = crashed ? CompletionReasons.Crashed : CompletionReasons.Shutdown, RestartedAt = scope.Machine.Spec.RestartedAt };
        events.Publish(scope.Machine, crashed, crashed ? "Crashed" : "Completed", crashed ? "The guest crashed; restartPolicy leaves it so." : "The guest switched itself off; restartPolicy leaves it so.");
        return crashed
            ? CrashedForGood
            : StepResult.Wait(VirtualMachineReasons.Completed, "The guest switched itself off, and restartPolicy leaves it so.", TimeSpan.FromMilliseconds(1));
    }

    /// <summary>Refuses what this agent is too old for: the VM is released, and a newer agent may take it. A running guest goes on.</summary>
    private async Task<StepResult> Understand(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.IsRunningHere || NotUnderstood(scope.Machine) is not { } objection)
        {
            return StepResult.Continue;
        }

        // A refusal takes the domain's definition away, and only the holder may.
        return await PlaceLostAsync(scope, cancellationToken) ?? await RefuseAsTooOldAsync(scope, objection, cancellationToken);
    }

    private Task<StepResult> RefuseAsTooOldAsync(VirtualMachineScope scope, string objection, CancellationToken cancellationToken) =>
        RefuseAsync(scope, $"The agent of node {options.NodeName} is too old for the VM. {objection}", cancellationToken);

    private static string? NotUnderstood(VirtualMachine machine) => UnknownFieldsCondition.Objection(machine)
        ?? (machine.Status?.Binding?.ApiLevel > BerthApi.ApiLevel
            ? $"It was bound as one that needs API level {machine.Status.Binding.ApiLevel}, and this agent has {BerthApi.ApiLevel}."
            : null);

    /// <summary>Runs the validation again that the operator ran: safety never depends on another part. It holds a start back, never a running guest.</summary>
    private Task<StepResult> Validate(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.IsRunningHere)
        {
            return Task.FromResult(StepResult.Continue);
        }

        if (scope.DomainId == Guid.Empty)
        {
            return Task.FromResult(StepResult.Stall(ConditionReasons.InvalidSpec, $"The VM's UID \"{scope.Machine.Metadata.Uid}\" is no UUID."));
        }

        var findings = check(scope.Machine);
        return Task.FromResult(findings is [var first, ..]
            ? StepResult.Stall(first.Reason, string.Join(" ", findings.Select(finding => finding.Message)))
            : StepResult.Continue);
    }

    /// <summary>A guest that starts again larger than it was does not fit its berth, which kube-scheduler placed for what it was: it is released and placed anew.</summary>
    private async Task<StepResult> LeaveOutgrownBerth(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Domain is not { IsActive: false } domain || domain.Owner?.Epoch != scope.Machine.Epoch() || !IsLarger(scope.Machine.Spec, domain.Facts))
        {
            return StepResult.Continue;
        }

        if (await PlaceLostAsync(scope, cancellationToken) is { } lost)
        {
            return lost;
        }

        await RemoveDomainAsync(scope, cancellationToken);
        memory.Forget(scope.DomainId);
        scope.IsReleased = true;
        return StepResult.Wait(VirtualMachineReasons.Released, "The VM has grown beyond its berth and is placed anew.");
    }

    private static bool IsLarger(VirtualMachineSpec spec, DomainFacts before) =>
        spec.Memory.Size.ToInt64() / 1024 > before.MemoryKibibytes || (spec.Cpu ?? new Cpu()).Count() > before.Cpu.Count;

    /// <summary>Refuses the VM where nothing can run it; it is released, and goes elsewhere.</summary>
    private async Task<StepResult> FindAccelerator(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var current = await accelerator.GetAsync(cancellationToken);
        scope.Parts = new DomainParts
        {
            Cluster = await identity.GetClusterIdAsync(cancellationToken),
            Accelerator = current.Type,
            HostIsIntel = host.IsIntel(),
            ConsoleLog = consoles.PathOf(scope.Key.Namespace ?? "", scope.Key.Name, scope.Machine.Metadata.Uid ?? ""),
            RestartedAt = scope.Machine.Spec.RestartedAt is { } asked && asked <= time.GetUtcNow() ? asked : scope.Domain?.Owner?.RestartedAt,
        };
        if (scope.IsRunningHere || current.IsAvailable)
        {
            return StepResult.Continue;
        }

        return await RefuseAsync(scope, $"Node {options.NodeName} cannot run guests. {current.Reason}", cancellationToken);
    }

    private async Task<StepResult> RefuseAsync(VirtualMachineScope scope, string why, CancellationToken cancellationToken)
    {
        await RemoveDomainAsync(scope, cancellationToken);
        scope.Refusal = why;
        scope.IsReleased = true;
        events.Publish(scope.Machine, true, VirtualMachineReasons.PlacementRefused, why);
        return StepResult.Wait(VirtualMachineReasons.PlacementRefused, why);
    }

    /// <summary>Finds the files behind the disks. Their own changes wake the VM again.</summary>
    private Task<StepResult> FindStorage(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        scope.Storage = requirements.Disks(scope.Machine, out var files);
        scope.Parts = scope.Parts! with { Files = files };
        return NeededFor(scope, scope.Storage);
    }

    /// <summary>Finds the kernel that the VM boots directly, and has it fetched.</summary>
    private Task<StepResult> FindKernel(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var kernel = requirements.Kernel(scope.Machine, out var kernelPath, out var initrdPath);
        scope.Parts = scope.Parts! with { KernelPath = kernelPath, InitrdPath = initrdPath };
        scope.Storage = Requirement.All([scope.Storage!, kernel]);
        return NeededFor(scope, kernel);
    }

    /// <summary>Finds the networks.</summary>
    private Task<StepResult> FindNetworks(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        scope.Network = requirements.Networks(scope.Machine);
        return NeededFor(scope, scope.Network);
    }

    // A running guest has what it was started with: it is not disturbed by what the spec could not have now.
    private static Task<StepResult> NeededFor(VirtualMachineScope scope, Requirement requirement) =>
        Task.FromResult(scope.IsRunningHere ? StepResult.Continue : requirement.ToStep());

    /// <summary>Compares a running guest with what the spec would start now.</summary>
    private Task<StepResult> Compare(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        // Only with everything at hand can the domain be written down; a running guest may do without.
        if (!scope.Storage!.IsMet)
        {
            return Task.FromResult(StepResult.Continue);
        }

        var seed = CloudInitSeed.DigestOf(scope.Machine);
        scope.Parts = scope.Parts! with { SeedPath = seed is null ? null : seeds.PathOf(scope.DomainId), SeedDigest = seed };
        scope.Wanted = DomainInputs.Of(scope.Machine, scope.Parts);
        if (scope.IsRunningHere)
        {
            scope.Findings = RestartChecks.Of(new DomainComparison(scope.Domain!.Facts, DomainFacts.Parse(DomainXml.Of(scope.Wanted))));
        }

        return Task.FromResult(StepResult.Continue);
    }

    /// <summary>Has the user-data read that the VM names in a Secret, last of what a start needs; a running guest needs it no more.</summary>
    private async Task<StepResult> FindUserData(VirtualMachineScope scope, CancellationToken cancellationToken) =>
        scope.Domain is { IsActive: true } ? StepResult.Continue : (await userData.FindAsync(scope, cancellationToken)).ToStep();

    /// <summary>Defines and starts the domain, once the API server has confirmed that it is this node's to start.</summary>
    private async Task<StepResult> Start(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Domain is { IsActive: true })
        {
            return StepResult.Continue;
        }

        if (memory.Releases.Covers(scope.DomainId, scope.Machine.Epoch()))
        {
            return StepResult.Stall(
                VirtualMachineReasons.EpochAnomaly,
                $"{options.NodeName} has let go of the VM under epoch {scope.Machine.Epoch()} already, and the API server has forgotten it, as after the restore of a backup. The VM may run elsewhere: look, then stop it and start it again.");
        }

        if (await PlaceLostAsync(scope, cancellationToken) is { } lost)
        {
            return lost;
        }

        // Asked once more, of what was just read: for some time after a schema has changed, watches tell objects by the former one.
        if (NotUnderstood(scope.Machine) is { } objection)
        {
            return await RefuseAsTooOldAsync(scope, objection, cancellationToken);
        }

        // After the last question: a refusal takes the domain's definition away, and only the holder may.
        if (await memoryGate.EnterAsync(scope.DomainId, BerthOverhead.Total(scope.Machine.Spec), cancellationToken) is { } shortage)
        {
            return await RefuseAsync(scope, $"Node {options.NodeName} has too little free memory. {shortage}", cancellationToken);
        }

        var (wasThere, restarted) = (scope.Domain?.Owner?.Epoch == scope.Machine.Epoch(), RestartIsDue(scope));
        try
        {
            await StartDomainAsync(scope, cancellationToken);
        }
        catch (HypervisorException e) when (!e.IsUnavailable)
        {
            return StartFailed(scope, e);
        }
        catch (IOException e) when (Posix.IsForWantOfSpace(e))
        {
            return StepResult.Wait(VirtualMachineReasons.InsufficientSpace, $"Node {options.NodeName} has no space left in {options.StateDirectory} for what the guest starts with: {e.Message}", SpaceRetry);
        }
        finally
        {
            memoryGate.Leave(scope.DomainId);
        }

        memory.Shutdowns.Forget(scope.DomainId);
        memory.StartFailures.Forget(scope.DomainId);
        events.Publish(scope.Machine, false, wasThere ? "Restarted" : "Started", StartMessage(restarted, scope.Restarts));
        return await ReadDomain(scope, cancellationToken);
    }

    /// <summary>Goes on with a guest that runs. One that somebody has paused, or that has crashed and is kept so, stays as it is until a person has looked.</summary>
    private static Task<StepResult> JudgeGuest(VirtualMachineScope scope, CancellationToken cancellationToken) => Task.FromResult(scope.Domain?.State switch
    {
        DomainState.Running => StepResult.Continue,
        DomainState.Paused => StepResult.Stall(VirtualMachineReasons.GuestPaused, "The guest is paused: its storage failed, or somebody paused it. It goes on when it is resumed or restarted.", GuestRecheck),
        DomainState.Crashed => StepResult.Stall(VirtualMachineReasons.GuestCrashed, "The guest has crashed and is kept as it is; a new value of spec.restartedAt starts it again.", GuestRecheck),
        DomainState.ShuttingDown => StepResult.Wait(VirtualMachineReasons.ShuttingDown, "The guest is shutting down.", GuestRecheck),
        _ => StepResult.Wait(VirtualMachineReasons.Starting, "The guest is not running yet.", GuestRecheck),
    });

    /// <summary>Looks for the guest's addresses. They are never waited for: a guest runs with or without one.</summary>
    private async Task<StepResult> ReadAddresses(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var untilRestart = scope.Machine.Spec.RestartedAt is { } asked && asked > now ? asked - now : (TimeSpan?)null;
        if (scope.Machine.Spec.Interfaces is not { Count: > 0 } cards || scope.Domain is not { IsActive: true } domain)
        {
            return untilRestart is { } alone ? StepResult.DoneFor(alone) : StepResult.Done;
        }

        try
        {
            scope.Addresses = await domains.AddressesAsync(scope.DomainId, cancellationToken);
        }
        catch (HypervisorException e)
        {
            Log.AddressesFailed(logger, e);
        }

        var found = cards.Count(card => scope.Addresses?.ContainsKey(MacAddress.Of(scope.Machine.Metadata.Uid ?? "", card)) == true);
        var again = AddressPoll.Next(cards.Count, found, domain.Owner?.StartedAt, now) ?? TimeSpan.FromMinutes(1);
        return StepResult.DoneFor(untilRestart < again ? untilRestart.Value : again);
    }
}
