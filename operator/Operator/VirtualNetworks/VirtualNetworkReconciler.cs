using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualNetworks;

/// <summary>Sums up in each VirtualNetwork what the nodes say about theirs.</summary>
internal sealed class VirtualNetworkReconciler(OperatorStores stores) : IReconciler<VirtualNetwork, VirtualNetworkStatus, VirtualNetworkScope>
{
    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string>();

    public IReadOnlyList<Step<VirtualNetworkScope>> StepsFor(VirtualNetwork network) => [CheckSpec, SumUp];

    public VirtualNetworkScope CreateScope(VirtualNetwork entity) => new(entity);

    public void ComputeStatus(VirtualNetworkScope scope, StepResult outcome, VirtualNetworkStatus desired) => desired.Nodes = scope.Nodes ?? desired.Nodes;

    public IEnumerable<Condition> ConditionsFor(VirtualNetworkScope scope, StepResult outcome)
    {
        yield return outcome.IsDone
            ? Condition.True(ConditionTypes.Ready, ConditionReasons.Succeeded, "The network is up on every node that it is meant for.")
            : Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message);
    }

    private Task<StepResult> CheckSpec(VirtualNetworkScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(Findings.Stall(VirtualNetworkValidation.Check(scope.Entity)));

    /// <summary>A network has no figures: whatever changes here is readiness, and is told at once.</summary>
    private Task<StepResult> SumUp(VirtualNetworkScope scope, CancellationToken cancellationToken)
    {
        var hosts = stores.HostsFor(scope.Entity.Spec.NodeSelector);
        var counts = NodeSummary.Count(
        [
            .. hosts.Select(host => (Node: host.Name(), Network: host.Status?.Networks?.FirstOrDefault(network => network.Name == scope.Key.Name)))
                .Select(found => new NodeWord(found.Node, found.Network?.Available, found.Network?.Reason ?? "", found.Network?.Message)),
        ]);
        if (NodeSummary.IsChangeOfReadiness(scope.Entity.Status?.Nodes, counts))
        {
            scope.Nodes = counts;
        }

        return Task.FromResult(NodeSummary.Outcome(scope.Nodes ?? scope.Entity.Status?.Nodes ?? counts, hosts.Count, "network"));
    }
}
