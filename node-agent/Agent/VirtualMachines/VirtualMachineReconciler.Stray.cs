using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Node;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

// Domains that no VM is known to have given to this node. Touched on proof that is read live, and only then.
internal sealed partial class VirtualMachineReconciler
{
    /// <summary>Without a VM there is no grace period of its own: an orphan gets what a VM has by default.</summary>
    private static readonly TimeSpan OrphanGracePeriod = TimeSpan.FromSeconds(60);

    /// <summary>A VM that this node does not hold: a domain of it, or of a former one of its name, may be left here.</summary>
    private async Task<StepResult> JudgeStray(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        await HandleStrayAsync(scope.Domain ?? await FindByNameAsync(scope.Key, cancellationToken), scope.Key, cancellationToken);
        return StepResult.Done;
    }

    /// <summary>The store holds no such VM. That proves nothing: if there is a domain of the name, the API server is asked.</summary>
    public async Task OnAbsentAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await HandleStrayAsync(await FindByNameAsync(key, cancellationToken), key, cancellationToken);

    private Task<Domain?> FindByNameAsync(ObjectKey key, CancellationToken cancellationToken) =>
        domains.FindByNameAsync($"{key.Namespace}.{key.Name}", cancellationToken);

    private async Task HandleStrayAsync(Domain? domain, ObjectKey key, CancellationToken cancellationToken)
    {
        if (domain?.Owner is not { } owner || new ObjectKey(owner.Namespace, owner.Name) != key || owner.Cluster != await identity.GetClusterIdAsync(cancellationToken))
        {
            memory.Strays.Clear(key);
            return;
        }

        // An API server that does not answer ends the pass here, by its exception: nothing is known, nothing is touched.
        // The Hypervisor goes first: a record in it is older than what is then read of the VM.
        var host = await client.GetAsync<Hypervisor>(options.NodeName, null, cancellationToken);
        var live = await client.GetAsync<VirtualMachine>(key, cancellationToken);
        var decision = StrayDecisions.Of(live, owner, options.NodeName, host);
        if (decision is StrayDecision.ShutDown && (await client.JudgeDeletionAsync(live!, cancellationToken)).Choice is not DeletionChoice.CarryOut)
        {
            // The VM goes with its kind: nobody has asked for the end of its guest.
            decision = StrayDecision.Leave;
        }

        var fate = new StrayFate(VmIsGone: live?.Uid() != owner.Uid, StrayDecisions.IsRecorded(host, owner, options.NodeName));
        Log.Stray(logger, domain.Id, owner.Epoch, decision);
        if (memory.Strays.Note(key, domain, decision) && host is not null)
        {
            Announce(host, domain, decision);
        }

        switch (decision)
        {
            case StrayDecision.Destroy:
                await domains.DestroyAsync(domain.Id, cancellationToken);
                await RemoveStrayAsync(domain, owner, key, fate, cancellationToken);
                break;
            case StrayDecision.ShutDown:
                await ShutDownStrayAsync(domain, owner, key, TimeSpan.FromSeconds(live!.Spec.TerminationGracePeriodSeconds), fate, cancellationToken);
                break;
            case StrayDecision.Remove:
                await ShutDownStrayAsync(domain, owner, key, OrphanGracePeriod, fate, cancellationToken);
                break;
        }
    }

    private void Announce(Hypervisor host, Domain domain, StrayDecision decision)
    {
        var (reason, message) = decision switch
        {
            StrayDecision.Orphan => ("OrphanFound", "has no VirtualMachine and is left running; spec.removeOrphans removes it"),
            StrayDecision.Leave => ("StrayFound", "does not fit its VirtualMachine's binding and is left running until a person has looked"),
            StrayDecision.Remove => ("OrphanRemoved", "is shut down and removed, as spec.removeOrphans asks"),
            StrayDecision.Destroy => ("StrayDestroyed", "has been released or bound elsewhere and is destroyed"),
            _ => ("", ""),
        };
        if (reason.Length > 0)
        {
            events.Publish(host, true, reason, $"Domain {domain.Name} ({domain.Id}) on {options.NodeName} {message}.");
        }
    }

    private async Task ShutDownStrayAsync(Domain domain, DomainOwner owner, ObjectKey key, TimeSpan grace, StrayFate fate, CancellationToken cancellationToken)
    {
        if (domain.IsActive)
        {
            var (step, lookAgain) = memory.Shutdowns.Next(domain, grace, time.GetUtcNow());
            if (step is ShutdownStep.Ask)
            {
                await domains.ShutdownAsync(domain.Id, cancellationToken);
            }

            if (step is not ShutdownStep.Destroy)
            {
                memory.WakeAfter(key, lookAgain);
                return;
            }

            await domains.DestroyAsync(domain.Id, cancellationToken);
        }

        await RemoveStrayAsync(domain, owner, key, fate, cancellationToken);
    }

    // The volumes stay: they are objects of their own, or data that only a person gives up.
    private async Task RemoveStrayAsync(Domain domain, DomainOwner owner, ObjectKey key, StrayFate fate, CancellationToken cancellationToken)
    {
        await domains.UndefineAsync(domain.Id, cancellationToken);
        seeds.Delete(domain.Id);
        if (fate.VmIsGone)
        {
            consoles.Delete(consoles.PathOf(owner.Namespace, owner.Name, owner.Uid));
            libvirtLogs.Delete(domain.Name);
        }

        memory.Strays.Removed(key, domain.Id, owner.Epoch, fate.IsRecorded);
        memory.Forget(domain.Id);
    }

    /// <summary>What is to be known of a stray when it is removed.</summary>
    private sealed record StrayFate(bool VmIsGone, bool IsRecorded);
}
