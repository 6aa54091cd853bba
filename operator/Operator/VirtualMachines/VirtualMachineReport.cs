using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <summary>What the operator says about a VM. Pure functions of a pass's scope and outcome.</summary>
internal static class VirtualMachineReport
{
    /// <summary>Conditions that are always the operator's.</summary>
    public static readonly IReadOnlySet<string> Owned = new HashSet<string> { VirtualMachineConditions.Scheduled, VirtualMachineConditions.PlaceLost };

    /// <summary>While no agent holds the VM, what agents say about its domain does not hold either.</summary>
    public static readonly IReadOnlySet<string> OwnedWithoutHolder = new HashSet<string>(Owned)
    {
        VirtualMachineConditions.StorageReady,
        VirtualMachineConditions.NetworkReady,
        VirtualMachineConditions.RestartRequired,
        VirtualMachineConditions.LiveMigratable,
        VirtualMachineConditions.UnknownFields,
    };

    public static bool OwnsStatus(VirtualMachineScope scope) => scope.Holder is null || scope.Unreachable is not null;

    /// <summary>Sets the fields that are the operator's at present.</summary>
    public static void Fill(VirtualMachineScope scope, VirtualMachineStatus status)
    {
        if (scope.Unreachable is not null)
        {
            status.State = VirtualMachineStates.Unknown;
        }

        if (scope.Holder is not null)
        {
            return;
        }

        status.Binding = scope.NewBinding ?? status.Binding;
        status.State = State(scope);
        status.NodeName = null;
        status.Interfaces = null;

        // The machine type is chosen once and kept; the rest speaks of a domain that is gone.
        status.Domain = status.Domain is { MachineType: not null } domain ? new DomainStatus { Uuid = domain.Uuid, MachineType = domain.MachineType } : null;
        status.PlacementRefusals = scope.Refusals is { Count: > 0 } refusals ? [.. refusals] : null;
        if (scope.Machine.Spec.PowerState == PowerStates.Stopped || IsBinding(scope))
        {
            status.Completion = null;
        }
    }

    public static IEnumerable<Condition> Conditions(VirtualMachineScope scope, StepResult outcome)
    {
        yield return Ready(scope, outcome);
        yield return Scheduled(scope, outcome);
        if (scope.Holder is null && UnknownFieldsCondition.Of(scope.Machine, guestRuns: false) is { } unknown)
        {
            yield return unknown;
        }

        if (scope.PlaceLoss is { } loss)
        {
            yield return Condition.True(VirtualMachineConditions.PlaceLost, loss.Reason, loss.Message);
        }
    }

    private static Condition Ready(VirtualMachineScope scope, StepResult outcome) => (scope, outcome) switch
    {
        ({ Unreachable: { } message }, _) => Condition.Unknown(ConditionTypes.Ready, VirtualMachineReasons.NodeUnreachable, message),
        (_, { IsContinue: false, IsDone: false }) => Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message),
        _ when scope.Machine.IsDeleting() => Condition.False(ConditionTypes.Ready, ConditionReasons.Deleting, "The VM is being deleted."),
        _ when scope.Machine.IsCompleted() => Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Completed, "The guest has stopped by itself and restartPolicy leaves it so."),
        _ => Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Stopped, "The VM is stopped as asked."),
    };

    private static Condition Scheduled(VirtualMachineScope scope, StepResult outcome)
    {
        if ((IsBinding(scope) ? scope.NewBinding?.NodeName : scope.Holder) is { } node)
        {
            return Condition.True(VirtualMachineConditions.Scheduled, VirtualMachineReasons.Bound, $"The VM is bound to node \"{node}\".");
        }

        return outcome is { IsContinue: false, IsDone: false }
            ? Condition.False(VirtualMachineConditions.Scheduled, outcome.Reason, outcome.Message)
            : Condition.False(VirtualMachineConditions.Scheduled, VirtualMachineReasons.Released, "The VM holds no node.");
    }

    private static string State(VirtualMachineScope scope) => scope.Machine switch
    {
        _ when IsBinding(scope) => VirtualMachineStates.Scheduled,
        var machine when machine.IsDeleting() => VirtualMachineStates.Stopping,
        var machine when machine.WantsDomain() => VirtualMachineStates.Pending,
        { Status.Completion.Reason: CompletionReasons.Crashed } machine when machine.IsCompleted() => VirtualMachineStates.Crashed,
        _ => VirtualMachineStates.Stopped,
    };

    private static bool IsBinding(VirtualMachineScope scope) => scope.NewBinding is { NodeName: not null };
}
