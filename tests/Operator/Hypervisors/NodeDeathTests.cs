using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Hypervisors;

namespace Berth.Operator.Tests.Hypervisors;

public sealed class NodeDeathTests
{
    // Every combination of: the Node (none, plain, tainted), the fence (none, of this boot, of another), and whether the agent is silent.
    [Theory]
    [InlineData("none", "none", true, null)]
    [InlineData("none", "this", true, NodeDeathReasons.Fenced)]
    [InlineData("none", "other", true, null)]
    [InlineData("plain", "none", true, null)]
    [InlineData("plain", "this", true, NodeDeathReasons.Fenced)]
    [InlineData("plain", "other", true, null)]
    [InlineData("tainted", "none", true, NodeDeathReasons.OutOfService)]
    [InlineData("tainted", "this", true, NodeDeathReasons.OutOfService)]
    [InlineData("tainted", "other", true, NodeDeathReasons.OutOfService)]
    [InlineData("none", "none", false, null)]
    [InlineData("none", "this", false, null)]
    [InlineData("none", "other", false, null)]
    [InlineData("plain", "none", false, null)]
    [InlineData("plain", "this", false, null)]
    [InlineData("plain", "other", false, null)]
    [InlineData("tainted", "none", false, null)]
    [InlineData("tainted", "this", false, null)]
    [InlineData("tainted", "other", false, null)]
    public void Only_a_persons_word_about_a_silent_node_is_proof(string node, string fence, bool isSilent, string? expected) =>
        Assert.Equal(expected, NodeDeath.Of(Node(node), Host(fence), isSilent)?.Reason);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_a_Hypervisor_to_leave_records_in_nothing_is_proven(bool isSilent) =>
        Assert.Null(NodeDeath.Of(Node("tainted"), null, isSilent));

    [Fact]
    public void A_fence_of_a_host_that_never_reported_its_boot_proves_nothing() =>
        Assert.False(NodeDeath.IsFenced(new Hypervisor { Spec = new HypervisorSpec { Fenced = "" }, Status = new HypervisorStatus { BootId = "" } }));

    [Fact]
    public void Records_are_raised_and_added_and_never_dropped_for_room()
    {
        ReleaseRecord Of(string uid, long epoch) => new() { Uid = uid, Epoch = epoch, Node = "node-1" };
        Assert.Equal([Of("a", 5), Of("b", 1)], ReleaseRecords.With([Of("a", 3)], [Of("a", 5), Of("b", 1)]));
        Assert.Equal([Of("a", 5)], ReleaseRecords.With([Of("a", 5)], [Of("a", 4)]));
        var full = Enumerable.Range(0, ReleaseRecords.Limit).Select(number => Of($"{number}", 1)).ToList();
        Assert.Equal(full, ReleaseRecords.With(full, [Of("new", 1)]));
    }

    private static V1Node? Node(string kind) => kind == "none" ? null : new V1Node
    {
        Spec = new V1NodeSpec { Taints = kind == "tainted" ? [new V1Taint { Key = NodeDeath.OutOfServiceTaint, Effect = "NoExecute" }] : [new V1Taint { Key = "node.kubernetes.io/unreachable", Effect = "NoExecute" }] },
    };

    private static Hypervisor Host(string fence) => new()
    {
        Spec = new HypervisorSpec { Fenced = fence == "none" ? null : fence },
        Status = new HypervisorStatus { BootId = "this" },
    };
}
