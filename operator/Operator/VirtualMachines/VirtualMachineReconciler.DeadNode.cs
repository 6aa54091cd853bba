using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Operator.Hypervisors;
using Berth.Runtime.Events;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <content>What is done for a VM whose node is dead: nothing without proof, and nothing without a record for the agent that comes back.</content>
internal sealed partial class VirtualMachineReconciler
{
    /// <summary>Takes the binding back on behalf of a node that is proven dead. The Hypervisor's record comes first; both are read again, live, right before.</summary>
    private async Task<StepResult> ReleaseFromDeadNode(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        var (machine, node) = (scope.Machine, scope.Holder!);
        if (stores.Hypervisors.Get(new ObjectKey(null, node)) is not { } host || host.Status?.Conditions.IsTrue(HypervisorConditions.Dead) != true)
        {
            return StepResult.Continue;
        }

        if (!ReleaseRecords.CanLeave(machine))
        {
            scope.Unreachable = $"Node \"{node}\" is dead, and the VM's disks are in its storage: the VM waits until the node is back.";
            return StepResult.Continue;
        }

        if (machine.IsDeleting() && (await client.JudgeDeletionAsync(machine, cancellationToken)).Choice is not DeletionChoice.CarryOut)
        {
            return StepResult.Continue;
        }

        if (host.RecordOf(machine) is null || await deaths.FindRecordAsync(machine, node, cancellationToken) is null
            || await deaths.ProveAsync(node, cancellationToken) is not { } death)
        {
            // The record is written by the Hypervisor's own pass, whose change wakes this VM.
            return StepResult.Continue;
        }

        Log.ReleasedForDeadNode(logger, node, machine.Epoch(), death.Message);
        events.Publish(machine, EventType.Warning, VirtualMachineReasons.NodeDead, $"Released on behalf of node \"{node}\", which is dead: {death.Message}");
        scope.Holder = null;
        scope.Unreachable = null;
        scope.NewBinding = new Binding { Epoch = machine.Epoch() };
        return StepResult.Wait(VirtualMachineReasons.NodeDead, $"Node \"{node}\" is dead ({death.Reason}); the VM is released on its behalf.", TimeSpan.Zero);
    }

    /// <summary>Nodes that are proven dead: nothing is newly put there.</summary>
    private IEnumerable<string> DeadNodes() =>
        stores.Hypervisors.List().Where(host => host.Status?.Conditions.IsTrue(HypervisorConditions.Dead) == true).Select(host => host.Name());
}
