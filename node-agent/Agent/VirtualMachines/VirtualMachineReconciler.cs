using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Consoles;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Protection;
using Berth.NodeAgent.Seeds;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Makes the domains of this node what their VMs ask for.</summary>
/// <remarks>It remembers nothing that matters: what runs is read from libvirt, what should run from the API server.</remarks>
internal sealed partial class VirtualMachineReconciler(
    AgentOptions options,
    IDomains domains,
    IKubernetesClient client,
    INodeIdentity identity,
    VirtualMachineRequirements requirements,
    VirtualMachineMemory memory,
    NodeAccelerator accelerator,
    MemoryGate memoryGate,
    GuestPartition partition,
    HostFiles host,
    SeedStore seeds,
    VirtualMachineUserData userData,
    ConsoleLogs consoles,
    LibvirtLogs libvirtLogs,
    CheckVirtualMachine check,
    IVirtualMachineEvents events,
    TimeProvider time,
    ILogger<VirtualMachineReconciler> logger) : IReconciler<VirtualMachine, VirtualMachineStatus, VirtualMachineScope>
{
    private static readonly TimeSpan LibvirtRetry = TimeSpan.FromSeconds(2);

    /// <summary>What a guest does wakes its VM; this heals a wake-up that was missed.</summary>
    private static readonly TimeSpan GuestRecheck = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SpaceRetry = TimeSpan.FromSeconds(10);

    /// <summary>A daemon that is restarted is back sooner, and its guests have not noticed.</summary>
    private static readonly TimeSpan LibvirtPatience = TimeSpan.FromSeconds(5);

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        VirtualMachineConditions.StorageReady,
        VirtualMachineConditions.NetworkReady,
        VirtualMachineConditions.RestartRequired,
        VirtualMachineConditions.LiveMigratable,
        VirtualMachineConditions.UnknownFields,
    };

    public VirtualMachineScope CreateScope(VirtualMachine entity) => new(entity);

    // Read these lists as the table of contents. A step runs only when all before it said Continue.
    public IReadOnlyList<Step<VirtualMachineScope>> StepsFor(VirtualMachine entity) => entity switch
    {
        _ when !entity.IsGivenTo(options.NodeName) => [ReadDomain, JudgeStray],
        _ when entity.WantsDomain() =>
        [
            ReadDomain, KeepOffOthers, FollowEpoch, HonourRestartedAt, ResumeWhenStorageHasRoom, HonourRestartPolicy,
            Understand, Validate, LeaveOutgrownBerth, FindAccelerator, FindStorage, FindKernel, FindNetworks,
            Compare, FindUserData, Start, JudgeGuest, ReadAddresses,
        ],
        _ => [ReadDomain, KeepOffOthers, HonourDeletion, ShutDown, Release],
    };

    public bool OwnsStatus(VirtualMachineScope scope) => scope.Machine.IsHeldBy(options.NodeName);

    public void ComputeStatus(VirtualMachineScope scope, StepResult outcome, VirtualMachineStatus desired)
    {
        if (OwnsStatus(scope))
        {
            VirtualMachineStatuses.Compute(scope, outcome, options.NodeName, desired);
        }
    }

    public IEnumerable<Condition> ConditionsFor(VirtualMachineScope scope, StepResult outcome) => OwnsStatus(scope)
        ? VirtualMachineConditionsOf.All(scope, outcome)

        // Another role's by now: left as they are.
        : (scope.Machine.Status?.Conditions ?? []).Where(condition => OwnedConditions.Contains(condition.Type));

    /// <summary>Asks libvirt. Not to be reached is no answer: then nothing is done and nothing is said but that.</summary>
    private async Task<StepResult> ReadDomain(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        try
        {
            scope.Domain = await domains.FindAsync(scope.DomainId, cancellationToken);
            scope.DomainIsKnown = true;
            return StepResult.Continue;
        }
        catch (HypervisorException e) when (e.IsUnavailable)
        {
            scope.LibvirtIsLost = true;
            return StepResult.Wait(VirtualMachineReasons.LibvirtUnavailable, $"libvirt on {options.NodeName} does not answer: {e.Message}", LibvirtRetry).Quietly(LibvirtPatience);
        }
    }

    /// <summary>Leaves alone what is not ours: a domain of that UUID or name that Berth of this cluster did not make, and one from a later binding than the VM's.</summary>
    private async Task<StepResult> KeepOffOthers(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Domain is { } domain)
        {
            return domain.Owner switch
            {
                null => NotOurs(domain, "Berth did not make it"),
                { } owner when owner.Cluster != await identity.GetClusterIdAsync(cancellationToken) => NotOurs(domain, "it belongs to another cluster"),
                { } owner when owner.Epoch > scope.Machine.Epoch() => StepResult.Stall(
                    VirtualMachineReasons.EpochAnomaly,
                    $"The domain on {options.NodeName} was started under epoch {owner.Epoch}, and the VM's binding has {scope.Machine.Epoch()}. Nothing is touched until a person has looked."),
                _ => StepResult.Continue,
            };
        }

        if (!scope.Machine.WantsDomain() || await FindByNameAsync(scope.Key, cancellationToken) is not { } former)
        {
            memory.Strays.Clear(scope.Key);
            return StepResult.Continue;
        }

        // Of a former VM of this name, perhaps: reported as an orphan, and removed where somebody has asked for that.
        await HandleStrayAsync(former, scope.Key, cancellationToken);
        return await FindByNameAsync(scope.Key, cancellationToken) is { } other
            ? NotOurs(other, "its UUID is not the VM's")
            : StepResult.Continue;
    }

    private StepResult NotOurs(Domain domain, string why) => StepResult.Stall(
        VirtualMachineReasons.DomainNameTaken,
        $"There is a domain {domain.Name} ({domain.Id}) on {options.NodeName}, and {why}. It is not touched: remove or rename it, or name it in spec.removeOrphans of the Hypervisor where that lists it as an orphan.");

    /// <summary>Takes a running guest over into the very next binding to the same node. Where another one lay between, another node may have written to its disks.</summary>
    private async Task<StepResult> FollowEpoch(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope.Domain is not { IsActive: true, Owner: { } owner } || owner.Epoch == scope.Machine.Epoch())
        {
            return StepResult.Continue;
        }

        if (await PlaceLostAsync(scope, cancellationToken) is { } lost)
        {
            return lost;
        }

        if (owner.Epoch + 1 < scope.Machine.Epoch())
        {
            return await EndSupersededAsync(scope, owner, cancellationToken);
        }

        await domains.SetOwnerAsync(scope.DomainId, owner with { Epoch = scope.Machine.Epoch() }, cancellationToken);
        return await ReadDomain(scope, cancellationToken);
    }

    /// <summary>Ends a guest whose VM has been elsewhere since. Only on the record of its release: this agent lets go of no VM that has a domain here, so without one the binding is nobody's work.</summary>
    private async Task<StepResult> EndSupersededAsync(VirtualMachineScope scope, DomainOwner owner, CancellationToken cancellationToken)
    {
        if (!StrayDecisions.IsRecorded(await client.GetAsync<Hypervisor>(options.NodeName, null, cancellationToken), owner, options.NodeName))
        {
            return StepResult.Stall(
                VirtualMachineReasons.EpochAnomaly,
                $"The domain on {options.NodeName} was started under epoch {owner.Epoch}, the VM's binding has {scope.Machine.Epoch()}, and no record says that the VM has left in between. Nothing is touched until a person has looked.");
        }

        Log.Superseded(logger, owner.Epoch, scope.Machine.Epoch());
        return await EndGuestAsync(scope, "The guest was started under an older binding and is started anew.", cancellationToken);
    }

    /// <summary>Restarts the guest once for each new value. What was carried out stands in the domain itself, so an agent that dies in between does not do it twice.</summary>
    private async Task<StepResult> HonourRestartedAt(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (!scope.IsRunningHere || !RestartIsDue(scope))
        {
            return StepResult.Continue;
        }

        // It could not be started again: better a guest that runs than none.
        return NotUnderstood(scope.Machine) is { } objection
            ? StepResult.Stall(ConditionReasons.UnknownField, $"The restart that spec.restartedAt asks for waits. {objection}")
            : await EndGuestAsync(scope, "The guest is shut down for the restart that spec.restartedAt asks for.", cancellationToken);
    }

    private bool RestartIsDue(VirtualMachineScope scope) =>
        scope.Machine.Spec.RestartedAt is { } asked && asked <= time.GetUtcNow()
        && scope.Domain?.Owner is { } owner && owner.RestartedAt != asked;

    /// <summary>Reads the VM without a cache; what to wait for when it is no longer this node's, else null, and the pass goes on with what was read.</summary>
    private async Task<StepResult?> PlaceLostAsync(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var live = await client.GetAsync<VirtualMachine>(scope.Key, cancellationToken);
        if (PlaceCheck.Against(scope.Machine, live, options.NodeName) is { } against)
        {
            return StepResult.Wait(VirtualMachineReasons.Bound, $"Not started on {options.NodeName}: {against}", TimeSpan.FromSeconds(5)).Quietly(TimeSpan.FromSeconds(2));
        }

        scope.Entity = live!;
        return null;
    }
}
