using Berth.Api;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.Cluster;

/// <summary>What validation found, as a step's outcome.</summary>
internal static class Findings
{
    /// <summary>Continue without findings; else a Stall with the first one's reason and all messages.</summary>
    public static StepResult Stall(IReadOnlyList<FieldFinding> findings) => findings.Count == 0
        ? StepResult.Continue
        : StepResult.Stall(findings[0].Reason, string.Join(' ', findings.Select(finding => finding.Message)));
}
