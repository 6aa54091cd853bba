using System.Collections.Concurrent;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Hypervisors;

/// <summary>Looks after nodes that a person has declared off: proves that they are dead, and records what is released on their behalf.</summary>
internal sealed partial class HypervisorReconciler(
    IKubernetesClient client, OperatorStores stores, NodeDeaths deaths, INodeHeartbeats heartbeats, ILogger<HypervisorReconciler> logger)
    : IReconciler<Hypervisor, HypervisorStatus, HypervisorScope>
{
    // As often as the Leases are read.
    private static readonly TimeSpan LookAgain = NodeHeartbeats.Period;

    /// <summary>For each fence that is looked at, the Lease as it was at first: one that has changed since is a sign of life.</summary>
    private readonly ConcurrentDictionary<string, (string Boot, string? Lease)> _fences = new(StringComparer.Ordinal);

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string> { HypervisorConditions.Dead, HypervisorConditions.FenceContradicted };

    public IReadOnlyList<Step<HypervisorScope>> StepsFor(Hypervisor host) => [Prove, HearFenced, Record, Withdraw, Hold];

    public HypervisorScope CreateScope(Hypervisor entity) => new(entity);

    /// <summary>The agent speaks for its node as long as that is not proven dead; from then on it is silent, and what it said last does not hold.</summary>
    public bool OwnsStatus(HypervisorScope scope) => scope.Death is not null;

    public void ComputeStatus(HypervisorScope scope, StepResult outcome, HypervisorStatus desired)
    {
        if (scope.Releases is { } releases)
        {
            desired.Releases = releases.Count > 0 ? [.. releases] : null;
        }
    }

    public IEnumerable<Condition> ConditionsFor(HypervisorScope scope, StepResult outcome)
    {
        if (outcome.IsFault)
        {
            // Not known this time: the last word stands.
            return (scope.Host.Status?.Conditions ?? []).Where(condition => OwnedConditions.Contains(condition.Type));
        }

        return Known(scope);
    }

    private static IEnumerable<Condition> Known(HypervisorScope scope)
    {
        if (scope.Death is { } death)
        {
            yield return Condition.Unknown(ConditionTypes.Ready, death.Reason, death.Message);
            yield return Condition.True(ConditionTypes.Stalled, death.Reason, death.Message);
            yield return Condition.True(HypervisorConditions.Dead, death.Reason, death.Message);
        }

        if (scope.IsContradicted)
        {
            yield return Condition.True(
                HypervisorConditions.FenceContradicted,
                "AgentHeard",
                $"spec.fenced declares boot {scope.Host.Spec.Fenced} off, and the agent of this very boot is heard. Nothing is released; remove the fence or switch the node off.");
        }
        else if (NodeDeath.IsFencedUnderAnotherBoot(scope.Host))
        {
            yield return Condition.True(
                HypervisorConditions.FenceContradicted,
                "AnotherBoot",
                $"spec.fenced declares boot {scope.Host.Spec.Fenced} off, and the node last reported boot {scope.Host.Status!.BootId}. Nothing is released on that fence; remove it, or name the present boot.");
        }
    }

    private async Task<StepResult> Prove(HypervisorScope scope, CancellationToken cancellationToken)
    {
        // Asked of the caches first: thousands of nodes are well, and live reads are for those in question.
        if (IsDeclaredOff(scope.Host))
        {
            scope.Death = await deaths.ProveAsync(scope.Host.Name(), cancellationToken);
        }

        return StepResult.Continue;
    }

    private Task<StepResult> HearFenced(HypervisorScope scope, CancellationToken cancellationToken)
    {
        var node = scope.Host.Name();
        if (!NodeDeath.IsFenced(scope.Host))
        {
            _fences.TryRemove(node, out _);
            return Task.FromResult(StepResult.Continue);
        }

        var (boot, lease) = (scope.Host.Spec.Fenced!, heartbeats.LeaseVersionOf(node));
        var first = _fences.AddOrUpdate(node, (boot, lease), (_, known) => known.Boot == boot && known.Lease is not null ? known : (boot, lease));
        scope.IsContradicted = scope.Death is null && lease is not null && first.Lease != lease && heartbeats.StaleLeaseOf(node) is null;
        if (scope.IsContradicted && !scope.Host.Status!.Conditions.IsTrue(HypervisorConditions.FenceContradicted))
        {
            Log.Contradicted(logger, node, boot);
        }

        return Task.FromResult(StepResult.Continue);
    }

    /// <summary>Writes down what will be released, before any of it is: VMs look for their record and go only then.</summary>
    private async Task<StepResult> Record(HypervisorScope scope, CancellationToken cancellationToken)
    {
        if (scope.Death is not { } death)
        {
            return StepResult.Continue;
        }

        var node = scope.Host.Name();
        var leaving = new List<ReleaseRecord>();
        foreach (var machine in stores.Machines.ByIndex(MachineIndexes.Node, node).OrderBy(machine => machine.Uid(), StringComparer.Ordinal))
        {
            if (machine.IsHeldBy(node) && ReleaseRecords.CanLeave(machine) && await IsWantedGoneAsync(scope.Host, machine, cancellationToken))
            {
                leaving.Add(ReleaseRecords.New(machine, node, death.BootId));
            }
        }

        scope.Releases = ReleaseRecords.With(scope.Host.Status?.Releases ?? [], leaving);
        if (scope.Releases.Count > 0 && !scope.Host.IsDeleting())
        {
            // First: a Hypervisor that is deleted would take its records with it.
            scope.Entity = await client.AddFinalizerAsync(scope.Host, BerthFinalizers.Release, cancellationToken);
        }

        return scope.Host.HasFinalizer(BerthFinalizers.Release) || scope.Releases.Count == 0
            ? StepResult.DoneFor(LookAgain)
            : NothingIsRecorded(scope);
    }

    /// <summary>False for a VM that is deleted with its kind: a record would have its guest destroyed when the node is back.</summary>
    private async Task<bool> IsWantedGoneAsync(Hypervisor host, VirtualMachine machine, CancellationToken cancellationToken) =>
        !machine.IsDeleting() || host.RecordOf(machine) is not null
        || (await client.JudgeDeletionAsync(machine, cancellationToken)).Choice is DeletionChoice.CarryOut;

    // Being deleted without our finalizer: what would be written is gone in a moment.
    private static StepResult NothingIsRecorded(HypervisorScope scope)
    {
        scope.Releases = null;
        return StepResult.DoneFor(LookAgain);
    }

    /// <summary>Takes back records of VMs that, by a live read, have not left: the node came back before they did, and its guests are wanted.</summary>
    private async Task<StepResult> Withdraw(HypervisorScope scope, CancellationToken cancellationToken)
    {
        var node = scope.Host.Name();
        if (scope.Host.Status?.Releases is not { Count: > 0 } records || heartbeats.StaleLeaseOf(node) is not null)
        {
            return StepResult.Continue;
        }

        var kept = new List<ReleaseRecord>();
        foreach (var record in records)
        {
            var live = await client.GetAsync<VirtualMachine>(record.Name, record.Namespace, cancellationToken);
            if (live is null || live.Uid() != record.Uid || !live.IsHeldBy(node) || live.Epoch() > record.Epoch)
            {
                kept.Add(record);
            }
        }

        scope.Releases = kept;
        return StepResult.Continue;
    }

    /// <summary>A Hypervisor without records may go.</summary>
    private async Task<StepResult> Hold(HypervisorScope scope, CancellationToken cancellationToken)
    {
        if (scope.Host.Status?.Releases is not { Count: > 0 } && scope.Host.HasFinalizer(BerthFinalizers.Release))
        {
            scope.Entity = await client.RemoveFinalizerAsync(scope.Host, BerthFinalizers.Release, cancellationToken);
        }

        return IsDeclaredOff(scope.Host) || scope.Host.Status?.Releases is { Count: > 0 } ? StepResult.DoneFor(LookAgain) : StepResult.Done;
    }

    private bool IsDeclaredOff(Hypervisor host) => NodeDeath.IsFenced(host) || NodeDeath.IsOutOfService(stores.Nodes.Get(new ObjectKey(null, host.Name())));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Node {Node} is fenced under boot {Boot}, and the agent of that boot is heard: the fence is not acted on")]
        public static partial void Contradicted(ILogger logger, string node, string boot);
    }
}
