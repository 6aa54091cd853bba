using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

// From a running guest to nothing left, and the word that says so.
internal sealed partial class VirtualMachineReconciler
{
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

        return StepResult.Wait(VirtualMachineReasons.ShuttingDown, message, lookAgain).Quietly(TimeSpan.FromSeconds(2));
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
        if (scope.Machine.IsDeleting())
        {
            consoles.Delete(consoles.PathOf(scope.Key.Namespace ?? "", scope.Key.Name, scope.Machine.Uid()));
        }

        scope.IsReleased = true;
        memory.Forget(scope.DomainId);
        if (wasThere && !scope.Machine.IsCompleted())
        {
            events.Publish(scope.Machine, false, "Stopped", $"The guest was stopped on {options.NodeName}.");
        }

        return StepResult.Done;
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

    /// <summary>A VM that this node does not hold: a domain of it may be left here.</summary>
    private async Task<StepResult> JudgeStray(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        await HandleStrayAsync(scope.Domain, scope.Key, cancellationToken);
        return StepResult.Done;
    }

    /// <summary>The store holds no such VM. That proves nothing: if there is a domain of the name, the API server is asked.</summary>
    public async Task OnAbsentAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await HandleStrayAsync(await domains.FindByNameAsync($"{key.Namespace}.{key.Name}", cancellationToken), key, cancellationToken);

    private async Task HandleStrayAsync(Domain? domain, ObjectKey key, CancellationToken cancellationToken)
    {
        if (domain?.Owner is not { } owner || new ObjectKey(owner.Namespace, owner.Name) != key || owner.Cluster != await identity.GetClusterIdAsync(cancellationToken))
        {
            memory.Strays.Clear(key);
            return;
        }

        // An API server that does not answer ends the pass here, by its exception: nothing is known, nothing is touched.
        var live = await client.GetAsync<VirtualMachine>(key, cancellationToken);
        var decision = StrayDecisions.Of(live, owner, options.NodeName);
        Log.Stray(logger, domain.Id, owner.Epoch, decision);
        memory.Strays.Note(key, domain, decision);
        switch (decision)
        {
            case StrayDecision.Destroy:
                await domains.DestroyAsync(domain.Id, cancellationToken);
                await domains.UndefineAsync(domain.Id, cancellationToken);
                seeds.Delete(domain.Id);
                memory.Strays.Clear(key);
                memory.Forget(domain.Id);
                break;
            case StrayDecision.ShutDown:
                await ShutDownStrayAsync(domain, live!, cancellationToken);
                break;
        }
    }

    private async Task ShutDownStrayAsync(Domain domain, VirtualMachine live, CancellationToken cancellationToken)
    {
        if (domain.IsActive)
        {
            var (step, lookAgain) = memory.Shutdowns.Next(domain, TimeSpan.FromSeconds(live.Spec.TerminationGracePeriodSeconds), time.GetUtcNow());
            if (step is ShutdownStep.Ask)
            {
                await domains.ShutdownAsync(domain.Id, cancellationToken);
            }

            if (step is not ShutdownStep.Destroy)
            {
                memory.WakeAfter(live.Key(), lookAgain);
                return;
            }

            await domains.DestroyAsync(domain.Id, cancellationToken);
        }

        await domains.UndefineAsync(domain.Id, cancellationToken);
        seeds.Delete(domain.Id);
        memory.Strays.Clear(live.Key());
        memory.Forget(domain.Id);
    }
}
