using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;

namespace Berth.Operator.Tests.Cluster;

public sealed class NodeSummaryTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("1023Ki", "0")]
    [InlineData("100Mi", "100Mi")]
    [InlineData("1025Mi", "1Gi")]
    [InlineData("1100Gi", "1088Gi")]
    [InlineData("50Gi", "50Gi")]
    public void Figures_are_rounded_down_to_about_a_percent(string exact, string rounded) =>
        Assert.Equal(rounded, NodeSummary.Round(Quantity.Parse(exact).Value).ToString());

    [Fact]
    public void Readiness_and_reasons_are_news_and_messages_are_not()
    {
        var counts = new NodeCounts { Total = 2, Ready = 1, Failing = [new FailingNode { Node = "a", Reason = "Full", Message = "1 MiB left" }] };
        Assert.False(NodeSummary.IsChangeOfReadiness(counts, counts with { Failing = [new FailingNode { Node = "a", Reason = "Full", Message = "2 MiB left" }] }));
        Assert.True(NodeSummary.IsChangeOfReadiness(counts, counts with { Failing = [new FailingNode { Node = "a", Reason = "Gone" }] }));
        Assert.True(NodeSummary.IsChangeOfReadiness(counts, counts with { Ready = 2, Failing = null }));
        Assert.True(NodeSummary.IsChangeOfReadiness(null, counts));
    }
}
