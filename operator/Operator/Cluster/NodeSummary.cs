using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.Cluster;

/// <summary>One node's word about a pool, network or copy. Null <see cref="IsReady"/>: the node has not spoken of it.</summary>
internal readonly record struct NodeWord(string Node, bool? IsReady, string Reason, string? Message);

/// <summary>Sums up what nodes say. Pure.</summary>
internal static class NodeSummary
{
    /// <summary>So many failing nodes are named.</summary>
    public const int MaxFailing = 10;

    public static NodeCounts Count(IReadOnlyCollection<NodeWord> words)
    {
        var failing = words.Where(word => word.IsReady == false)
            .GroupBy(word => word.Node, StringComparer.Ordinal)
            .OrderBy(node => node.Key, StringComparer.Ordinal)
            .Take(MaxFailing)
            .Select(node => new FailingNode { Node = node.Key, Reason = node.First().Reason, Message = node.First().Message })
            .ToList();
        return new NodeCounts
        {
            Total = words.Count(word => word.IsReady is not null),
            Ready = words.Count(word => word.IsReady == true),
            Failing = failing.Count > 0 ? failing : null,
        };
    }

    /// <summary>Done when all nodes that it is meant for have it; else what is waited for.</summary>
    public static StepResult Outcome(NodeCounts counts, int meantFor, string what) => counts switch
    {
        _ when meantFor == 0 => StepResult.Wait(ConditionReasons.NoNode, $"No host is there for the {what}: none has reported, or none matches nodeSelector."),
        { Failing: [var first, ..] } => StepResult.Wait(
            first.Reason, $"The {what} is ready on {counts.Ready} of {meantFor} nodes; {first.Node}: {(string.IsNullOrEmpty(first.Message) ? first.Reason : first.Message)}"),
        _ when counts.Ready < meantFor => StepResult.Wait(ConditionReasons.Progressing, $"The {what} is ready on {counts.Ready} of {meantFor} nodes."),
        _ => StepResult.Done,
    };

    /// <summary>True when a node's readiness or its reason differs: that is told at once. Everything else is a figure.</summary>
    public static bool IsChangeOfReadiness(NodeCounts? old, NodeCounts fresh) =>
        old is null || old.Total != fresh.Total || old.Ready != fresh.Ready || !Reasons(old).SequenceEqual(Reasons(fresh));

    /// <summary>Rounded down to about one percent, so that a figure changes when it means something.</summary>
    public static Quantity Round(decimal bytes)
    {
        var whole = bytes >= long.MaxValue ? long.MaxValue : (long)Math.Max(0, bytes);
        var unit = Math.Max(1L << 20, whole == 0 ? 0 : 1L << Math.Max(0, (int)Math.Log2(whole) - 6));
        return Quantity.FromBytes(whole / unit * unit);
    }

    private static IEnumerable<(string, string)> Reasons(NodeCounts counts) => (counts.Failing ?? []).Select(node => (node.Node, node.Reason));
}
