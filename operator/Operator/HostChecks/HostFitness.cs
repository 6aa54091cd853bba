using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.HostChecks;

/// <summary>Whether a node can run VMs, and what to know about it, in lines for people.</summary>
internal sealed record HostFitness(string Node, bool IsFit, IReadOnlyList<string> Lines)
{
    // These are there only while something is wrong; of all others, True is good.
    private static readonly string[] Abnormal =
    [
        ConditionTypes.Reconciling, ConditionTypes.Stalled, HypervisorConditions.OrphanDomains, HypervisorConditions.Dead,
        HypervisorConditions.FenceContradicted, HypervisorConditions.MemoryOvercommitted,
    ];

    /// <summary>Judges a node by what its agent says.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="host">What its agent has written; null where there is nothing.</param>
    /// <param name="isHeard">True when the agent's heartbeat was seen to go on: what a dead agent wrote last proves nothing.</param>
    public static HostFitness Of(string node, Hypervisor? host, bool isHeard)
    {
        var problem = Problem(host, isHeard);
        var conditions = host?.Status?.Conditions ?? [];
        return new(node, problem is null,
        [
            problem is null ? $"{node}: fit ({host?.Status?.Accelerator?.Type ?? "accelerator unknown"})" : $"{node}: not fit: {problem}",
            .. conditions.Where(condition => condition.Type != ConditionTypes.Ready && IsBad(condition)).Select(condition => $"  {Text(condition)}"),
        ]);
    }

    private static string? Problem(Hypervisor? host, bool isHeard)
    {
        if (host is null)
        {
            return "there is no Hypervisor of that name: does its agent run?";
        }

        if (!isHeard)
        {
            return "its agent is not heard: does it run?";
        }

        if (host.Status?.ObservedGeneration is not { } observed || observed < (host.Metadata.Generation ?? 0))
        {
            return "its agent has not looked at the Hypervisor yet.";
        }

        return host.Status.Conditions.IsTrue(HypervisorConditions.Dead) ? "it is taken for dead."
            : host.Status.Conditions.Find(ConditionTypes.Ready) is not { } ready ? "its agent has not said whether it is Ready."
            : ready.Status == ConditionStatus.True ? null
            : Text(ready);
    }

    private static bool IsBad(Condition condition) => (condition.Status == ConditionStatus.True) == Abnormal.Contains(condition.Type);

    private static string Text(Condition condition) => $"{condition.Type} is {condition.Status} ({condition.Reason}): {condition.Message}";
}
