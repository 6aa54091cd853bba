using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.ClusterKinds;

public sealed class PoolAndNetworkTests
{
    [Fact]
    public async Task A_pool_sums_up_its_nodes()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.EventuallyAsync(() => Pool(rig).Status?.Nodes?.Ready == 2);
        await rig.SettleAsync();

        var status = Pool(rig).Status!;
        Assert.Equal((2, 2, null), (status.Nodes!.Total, status.Nodes.Ready, status.Nodes.Failing));
        Assert.Equal(("200Gi", "100Gi"), (status.Capacity.ToString(), status.Available.ToString()));
        Assert.Equal(["Ready=True Succeeded"], Conditions(status.Conditions));
        Assert.Equal(1, status.ObservedGeneration);
    }

    [Fact]
    public async Task A_failing_node_is_named_at_once_and_figures_follow_within_a_minute()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.EventuallyAsync(() => Pool(rig).Status?.Nodes?.Ready == 2);
        await rig.SettleAsync();

        Report(rig, "node-1", """{"name":"default","available":true,"reason":"Available","capacity":"100Gi","free":"10Gi"}""");
        await rig.SettleAsync();
        Assert.Equal("100Gi", Pool(rig).Status?.Available.ToString());

        rig.Time.Advance(TimeSpan.FromSeconds(61));
        await rig.EventuallyAsync(() => Pool(rig).Status?.Available.ToString() == "60Gi");

        Report(rig, "node-1", """{"name":"default","available":false,"reason":"MarkerMissing","message":"The marker is missing."}""");
        await rig.EventuallyAsync(() => Pool(rig).Status?.Nodes?.Ready == 1);
        await rig.SettleAsync();
        var status = Pool(rig).Status!;
        Assert.Equal([new FailingNode { Node = "node-1", Reason = "MarkerMissing", Message = "The marker is missing." }], status.Nodes!.Failing);
        Assert.Equal(["Ready=False MarkerMissing", "Reconciling=True MarkerMissing"], Conditions(status.Conditions));
        Assert.Equal("The pool is ready on 1 of 2 nodes; node-1: The marker is missing.", status.Conditions.Find(ConditionTypes.Ready)!.Message);
    }

    [Fact]
    public async Task Free_space_that_changes_a_little_is_no_news()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.EventuallyAsync(() => Pool(rig).Status?.Nodes?.Ready == 2);
        await rig.PassAsync(TimeSpan.FromSeconds(120));
        rig.Server.ForgetRequests();
        Report(rig, "node-1", """{"name":"default","available":true,"reason":"Available","capacity":"100Gi","free":"51300Mi"}""");
        await rig.SettleAsync();
        Assert.Empty(rig.Writes());
    }

    [Fact]
    public async Task Only_nodes_that_match_count_and_none_is_waited_for()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<StoragePool>("default", null, JsonOf.Patch("""{"spec":{"nodeSelector":{"disk":"ssd"}}}"""));
        await rig.EventuallyAsync(() => Conditions(Pool(rig).Status?.Conditions) is ["Ready=False NoNode", "Reconciling=True NoNode"]);

        rig.Server.Patch<V1Node>("node-2", null, JsonOf.Patch("""{"metadata":{"labels":{"disk":"ssd"}}}"""));
        await rig.EventuallyAsync(() => Conditions(Pool(rig).Status?.Conditions) is ["Ready=True Succeeded"]);
        Assert.Equal(1, Pool(rig).Status!.Nodes!.Total);
    }

    [Fact]
    public async Task A_node_that_has_not_spoken_yet_is_waited_for()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.EventuallyAsync(() => Pool(rig).Status?.Nodes?.Ready == 2);
        rig.Server.Patch<Hypervisor>("node-2", null, JsonOf.Patch("""{"status":{"pools":null,"networks":null}}"""), "status");
        await rig.EventuallyAsync(() => Conditions(Pool(rig).Status?.Conditions) is ["Ready=False Progressing", "Reconciling=True Progressing"]);
        await rig.EventuallyAsync(() => Conditions(Network(rig).Status?.Conditions) is ["Ready=False Progressing", "Reconciling=True Progressing"]);
        Assert.Equal((1, 1), (Pool(rig).Status!.Nodes!.Total, Pool(rig).Status!.Nodes!.Ready));
    }

    [Fact]
    public async Task At_most_ten_failing_nodes_are_named()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        for (var i = 10; i < 25; i++)
        {
            TestCluster.SeedHost(rig.Server, $"node-{i}");
            Report(rig, $"node-{i}", """{"name":"default","available":false,"reason":"MarkerMissing"}""");
        }

        await rig.StartOperatorAsync();
        await rig.EventuallyAsync(() => Pool(rig).Status?.Nodes is { Total: 17, Ready: 2, Failing.Count: 10 });
    }

    [Fact]
    public async Task A_network_sums_up_its_nodes_and_stalls_on_what_is_not_carried_out()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.EventuallyAsync(() => Conditions(Network(rig).Status?.Conditions) is ["Ready=True Succeeded"]);
        Assert.Equal(2, Network(rig).Status!.Nodes!.Ready);

        rig.Server.Patch<VirtualNetwork>(TestCluster.Network, null, JsonOf.Patch("""{"spec":{"mode":"macvtap"}}"""));
        await rig.EventuallyAsync(() => Conditions(Network(rig).Status?.Conditions) is ["Ready=False NotSupported", "Stalled=True NotSupported"]);
        Assert.Equal(2, Network(rig).Status!.ObservedGeneration);
    }

    private static StoragePool Pool(OperatorRig rig) => rig.Server.Find<StoragePool>(TestCluster.Pool)!;

    private static VirtualNetwork Network(OperatorRig rig) => rig.Server.Find<VirtualNetwork>(TestCluster.Network)!;

    private static void Report(OperatorRig rig, string node, string pool) =>
        rig.Server.Patch<Hypervisor>(node, null, JsonOf.Patch($$"""{"status": {"pools": [{{pool}}]} }"""), "status");

    private static IReadOnlyList<string> Conditions(IEnumerable<Condition>? conditions) =>
        [.. (conditions ?? []).Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}").Order(StringComparer.Ordinal)];
}
