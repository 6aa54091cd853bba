using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>The status of an object by the published kstatus rules for custom resources, which Argo CD, Flux and <c>kubectl</c> tools follow.</summary>
internal enum KStatus
{
    Current,
    InProgress,
    Failed,
    Terminating,
}

internal static class KStatusRules
{
    /// <summary>Applies the rules in their order: deletion, generation, Reconciling, Stalled, Ready.</summary>
    public static KStatus KStatus(this KubernetesJson item)
    {
        if (item.At("metadata.deletionTimestamp") is not null)
        {
            return EndToEnd.Tests.KStatus.Terminating;
        }

        if (item.At("status.observedGeneration") is JsonValue observed
            && item.At("metadata.generation") is JsonValue generation
            && observed.ToString() != generation.ToString())
        {
            return EndToEnd.Tests.KStatus.InProgress;
        }

        if (item.IsTrue("Reconciling"))
        {
            return EndToEnd.Tests.KStatus.InProgress;
        }

        if (item.IsTrue("Stalled"))
        {
            return EndToEnd.Tests.KStatus.Failed;
        }

        return item.Condition("Ready") is null || item.IsTrue("Ready") ? EndToEnd.Tests.KStatus.Current : EndToEnd.Tests.KStatus.InProgress;
    }
}
