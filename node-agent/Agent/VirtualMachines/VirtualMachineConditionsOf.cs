using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>The agent's conditions of a VM, as functions of what a pass knows.</summary>
internal static class VirtualMachineConditionsOf
{
    public static IEnumerable<Condition> All(VirtualMachineScope scope, StepResult outcome)
    {
        yield return Ready(scope, outcome);
        if (scope.IsReleased)
        {
            // Nothing of the VM is on the node: what was ready or not there is no longer anybody's concern.
            yield break;
        }

        foreach (var condition in (Condition?[])[StorageReady(scope), NetworkReady(scope), LiveMigratable(scope), RestartRequired(scope), UnknownFields(scope)])
        {
            if (condition is not null)
            {
                yield return condition;
            }
        }
    }

    public static Condition Ready(VirtualMachineScope scope, StepResult outcome) => scope switch
    {
        { LibvirtIsLost: true } => Condition.Unknown(ConditionTypes.Ready, outcome.Reason, outcome.Message),
        { Refusal: { } refusal } => Condition.False(ConditionTypes.Ready, VirtualMachineReasons.PlacementRefused, refusal),
        { IsReleased: true } when scope.Machine.WantsDomain() => Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message),
        { IsReleased: true } => Ended(scope.Machine, outcome),
        _ when outcome.IsFault => Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message),
        _ when outcome.IsWait || outcome.IsStall => Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message),
        { Domain.State: DomainState.Running } => Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Running, "The guest runs."),
        _ => Condition.False(ConditionTypes.Ready, VirtualMachineReasons.Starting, "The guest is not running yet."),
    };

    public static Condition? StorageReady(VirtualMachineScope scope) => Of(VirtualMachineConditions.StorageReady, scope, scope.Storage, "All disks are there.");

    public static Condition? NetworkReady(VirtualMachineScope scope) => Of(VirtualMachineConditions.NetworkReady, scope, scope.Network, "All networks are up.");

    public static Condition? LiveMigratable(VirtualMachineScope scope) => scope.Domain is { IsActive: true }
        ? Condition.False(
            VirtualMachineConditions.LiveMigratable,
            ConditionReasons.NotSupported,
            $"This version of Berth does not move guests live; evictionStrategy {scope.Machine.Spec.EvictionStrategy} cannot be carried out by a move.")
        : null;

    public static Condition? RestartRequired(VirtualMachineScope scope) => scope.Findings.Count > 0
        ? Condition.True(VirtualMachineConditions.RestartRequired, VirtualMachineReasons.SpecChanged, $"A restart is needed: {string.Join("; ", scope.Findings.Select(finding => finding.Message))}.")
        : null;

    public static Condition? UnknownFields(VirtualMachineScope scope) =>
        UnknownFieldsCondition.Of(scope.Machine, guestRuns: scope.Domain is { IsActive: true } || !scope.DomainIsKnown);

    private static Condition Ended(VirtualMachine machine, StepResult outcome) => machine switch
    {
        _ when outcome.IsStall => Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message),
        _ when machine.IsCompleted() =>
            Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Completed, "The guest switched itself off, and restartPolicy leaves it so."),
        _ when machine.IsDeleting() =>
            Condition.False(ConditionTypes.Ready, ConditionReasons.Deleting, "The guest is stopped; the VM is being deleted."),
        _ => Condition.True(ConditionTypes.Ready, VirtualMachineReasons.Stopped, "The guest is stopped."),
    };

    // What a pass did not look at, it says nothing new about.
    private static Condition? Of(string type, VirtualMachineScope scope, Requirement? requirement, string message) => requirement switch
    {
        null => scope.Machine.Status?.Conditions.Find(type),
        { IsMet: true } => Condition.True(type, ConditionReasons.Succeeded, message),
        _ => Condition.False(type, requirement.Reason, requirement.Message),
    };
}
