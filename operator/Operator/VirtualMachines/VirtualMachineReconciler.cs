using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Operator.Cluster;
using Berth.Operator.Hypervisors;
using Berth.Runtime.Client;
using Berth.Runtime.Events;
using Berth.Runtime.Reconcile;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.VirtualMachines;

/// <summary>Gives each VM that should run a place and a node, and takes them back when its agent has let go.</summary>
internal sealed partial class VirtualMachineReconciler(
    IKubernetesClient client,
    OperatorStores stores,
    BerthBuilder builder,
    INodeHeartbeats heartbeats,
    NodeDeaths deaths,
    ApiLevels levels,
    EventPublisher events,
    TimeProvider time,
    ILogger<VirtualMachineReconciler> logger) : IReconciler<VirtualMachine, VirtualMachineStatus, VirtualMachineScope>
{
    /// <summary>What normally ends within this time is not worth a status write.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly MachineReferences _references = new(stores);
    private readonly ReferenceGrace _grace = new(time);
    private readonly UnreachableMachines _unreachable = new(heartbeats, time);

    // A node that refuses is avoided for 10 s, then 20 s and so on; a berth that is rejected again and again is made again ever later.
    private readonly IncidentBackOff<(string Uid, string Node)> _refusals =
        new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), time);

    private readonly IncidentBackOff<string> _losses = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), time);

    public IReadOnlySet<string> OwnedConditions => VirtualMachineReport.Owned;

    /// <summary>Read this as the table of contents. A step runs only when all before it said Continue.</summary>
    public IReadOnlyList<Step<VirtualMachineScope>> StepsFor(VirtualMachine machine) => MachineStages.Of(machine) switch
    {
        MachineStage.Placing => [RemoveIndexLabel, DeleteOlderBerths, CheckSpec, CheckReferences, CheckOrphans, CheckVolumes, AddFinalizer, EnsureBerth, AwaitScheduler, CheckAgent, Bind],
        MachineStage.Held => [VerifyBinding, AddFinalizer, ReleaseFromDeadNode, MakeVolumes, SetIndexLabel, WatchNode, KeepPlace, ReportUnreachable],
        MachineStage.Stopping => [VerifyBinding, ReleaseFromDeadNode, SetIndexLabel, WatchNode, ReportUnreachable],
        MachineStage.Released => [DropUnmadeVolumes, DeleteBerths, Unbind],
        MachineStage.Resting => [DeleteBerths, RemoveIndexLabel, ReportEnd],
        MachineStage.DeletingHeld => [LetOrphanGo, VerifyBinding, ReleaseFromDeadNode, SetIndexLabel, WatchNode, ReportUnreachable, AwaitRelease],
        _ => [LetOrphanGo, HonourDeletion, DeleteVolumes, DeleteBerths, RemoveFinalizer],
    };

    public VirtualMachineScope CreateScope(VirtualMachine entity) => new(entity, time.GetUtcNow());

    public void ComputeStatus(VirtualMachineScope scope, StepResult outcome, VirtualMachineStatus desired) => VirtualMachineReport.Fill(scope, desired);

    public IEnumerable<Condition> ConditionsFor(VirtualMachineScope scope, StepResult outcome) => VirtualMachineReport.Conditions(scope, outcome);

    public bool OwnsStatus(VirtualMachineScope scope) => VirtualMachineReport.OwnsStatus(scope);

    public IReadOnlySet<string> ConditionsOwnedIn(VirtualMachineScope scope) =>
        scope.Holder is null ? VirtualMachineReport.OwnedWithoutHolder : VirtualMachineReport.Owned;

    private IReadOnlyList<V1Pod> BerthsOf(VirtualMachine machine) => stores.Berths.ByIndex(OwnerIndex.Name, machine.Uid());

    private void Keep(VirtualMachineScope scope, VirtualMachine patched)
    {
        scope.Entity = patched;
        stores.Machines.Observe(patched);
    }
}
