using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Node;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

// From a running guest to nothing left, and the word that says so.
internal sealed partial class VirtualMachineReconciler
{
    /// <summary>Ends a guest for its VM's deletion only where somebody wants that VM gone, and not merely its kind. Asked until the answer is yes, which stays true.</summary>
    private async Task<StepResult> HonourDeletion(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var machine = scope.Machine;
        scope.DeletionIsHonoured = machine.IsDeleting() && memory.IsDeletionHonoured(scope.DomainId);
        if (!machine.IsDeleting() || scope.DeletionIsHonoured)
        {
            return StepResult.Continue;
        }

        var decision = await client.JudgeDeletionAsync(machine, cancellationToken);
        if (decision.Choice is DeletionChoice.CarryOut)
        {
            memory.HonourDeletion(scope.DomainId);
            scope.DeletionIsHonoured = true;
            return StepResult.Continue;
        }

        if (decision.Choice is DeletionChoice.Hold && memory.IsNews(scope.DomainId, decision.Message))
        {
            events.Publish(machine, true, ConditionReasons.DeletionHeld, decision.Message);
        }

        // Stopped for its own sake, and not for the deletion's: that is carried out as ever.
        return decision.Choice is not DeletionChoice.LookAgain && machine.IsMeantToRest() ? StepResult.Continue : decision.ToStep();
    }

    /// <summary>Ends the guest: asked first, switched off when its grace period is over.</summary>
    private async Task<StepResult> ShutDown(VirtualMachineScope scope, CancellationToken cancellationToken) =>
        scope.Domain is { IsActive: true }
            ? await EndGuestAsync(scope, "The guest is asked to shut down.", cancellationToken)
            : StepResult.Continue;

    private async Task<StepResult> EndGuestAsync(VirtualMachineScope scope, string message, CancellationToken cancellationToken)
    {
        var grace = TimeSpan.FromSeconds(scope.Machine.Spec.TerminationGracePeriodSeconds);
        var (step, lookAgain) = memory.Shutdowns.Next(scope.Domain!, grace, time.GetUtcNow());
        switch (step)
        {
            case ShutdownStep.Destroy:
                await domains.DestroyAsync(scope.DomainId, cancellationToken);
                return await ReadDomain(scope, cancellationToken);
            case ShutdownStep.Ask:
                await AskAsync(scope, cancellationToken);
                break;
        }

        return StepResult.Wait(VirtualMachineReasons.ShuttingDown, message, lookAgain).Quietly(TimeSpan.FromSeconds(2)).AsLongAsItTakes();
    }

    // A guest that cannot be asked is one that is switched off when its time is over: no reason to stop here.
    private async Task AskAsync(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        try
        {
            await domains.ShutdownAsync(scope.DomainId, cancellationToken);
        }
        catch (HypervisorException e) when (!e.IsUnavailable)
        {
            Log.AskFailed(logger, e);
        }
    }

    /// <summary>Removes what is left of the domain, then gives the word that the operator waits for.</summary>
    private async Task<StepResult> Release(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var wasThere = scope.Domain is not null;
        await RemoveDomainAsync(scope, cancellationToken);
        if (scope.DeletionIsHonoured)
        {
            await DeleteLogsAsync(scope, cancellationToken);
        }

        scope.IsReleased = true;
        memory.Forget(scope.DomainId);
        if (wasThere && !scope.Machine.IsCompleted())
        {
            events.Publish(scope.Machine, false, "Stopped", $"The guest was stopped on {options.NodeName}.");
        }

        return scope.Machine.IsCompleted() && scope.Machine.Status!.Completion!.Reason == CompletionReasons.Crashed ? CrashedForGood : StepResult.Done;
    }

    // libvirt's log goes by the domain's name: it is kept where another domain has that, such as an orphan or a stranger's. While
    // the deleted object is there no other VM can come to have it.
    private async Task DeleteLogsAsync(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        consoles.Delete(consoles.PathOf(scope.Key.Namespace ?? "", scope.Key.Name, scope.Machine.Uid()));
        if (await FindByNameAsync(scope.Key, cancellationToken) is null)
        {
            libvirtLogs.Delete(DomainInputs.DomainName(scope.Machine));
        }
    }

    // Read once more by UUID right before: what is undefined here is off, and ours.
    private async Task RemoveDomainAsync(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Domain is { IsActive: true })
        {
            throw new InvalidOperationException("A running domain is not undefined.");
        }

        if (scope.Domain is not null)
        {
            await domains.UndefineAsync(scope.DomainId, cancellationToken);
            scope.Domain = null;
        }

        seeds.Delete(scope.DomainId);
    }
}
