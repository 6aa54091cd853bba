using Berth.Kubernetes;

namespace Berth.Operator.Berths;

/// <summary>The taints that a berth bears.</summary>
internal static class BerthTolerations
{
    /// <summary>Those of a node in trouble, for ever: the guest goes on there whatever Kubernetes thinks of the node. Not out-of-service, by which a person says that the node is off.</summary>
    private static readonly V1Toleration[] Always =
    [
        // NoExecute only: a berth stays on such a node, but none is newly put there.
        Exists("node.kubernetes.io/not-ready", "NoExecute"),
        Exists("node.kubernetes.io/unreachable", "NoExecute"),
        Exists("node.kubernetes.io/memory-pressure"),
        Exists("node.kubernetes.io/disk-pressure"),
        Exists("node.kubernetes.io/pid-pressure"),
    ];

    /// <summary>Whatever keeps new pods off a node: the guest is there already, and its place has to be counted.</summary>
    private static readonly V1Toleration AnyNoSchedule = new() { OperatorProperty = "Exists", Effect = "NoSchedule" };

    public static IList<V1Toleration> For(BerthRequest request) =>
    [
        .. Always,
        .. request.OccupiedNode is null ? Array.Empty<V1Toleration>() : [AnyNoSchedule],
        .. request.Machine.Spec.Placement?.Tolerations ?? [],
    ];

    private static V1Toleration Exists(string key, string? effect = null) => new() { Key = key, OperatorProperty = "Exists", Effect = effect };
}
