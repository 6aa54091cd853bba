using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.Operator.Berths;

/// <summary>What a berth tells about the place it holds. Never its readiness: a pause process says nothing about a guest.</summary>
internal static class BerthState
{
    /// <summary>The node that kube-scheduler has bound the berth to, or null.</summary>
    public static string? Node(this V1Pod berth) => string.IsNullOrEmpty(berth.Spec.NodeName) ? null : berth.Spec.NodeName;

    /// <summary>True when the berth holds no place any more and will not hold one again: rejected or evicted by its kubelet.</summary>
    public static bool IsFinished(this V1Pod berth) => berth.Status?.Phase is "Failed" or "Succeeded";

    /// <summary>True while the berth holds a place on a node.</summary>
    public static bool HoldsPlace(this V1Pod berth) => berth.Node() is not null && !berth.IsFinished() && !berth.IsDeleting();

    /// <summary>kube-scheduler's word that no node fits, or null.</summary>
    public static string? UnschedulableMessage(this V1Pod berth) =>
        berth.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: ConditionStatus.False, Reason: "Unschedulable" }) is { } condition
            ? condition.Message ?? ""
            : null;

    /// <summary>True when a change is about the place; what happens to the pause process is not.</summary>
    public static bool IsChangeOfPlace(ObjectChange<V1Pod> change) =>
        change is not { Old: { } old, New: { } fresh }
        || old.Node() != fresh.Node()
        || old.IsFinished() != fresh.IsFinished()
        || old.IsDeleting() != fresh.IsDeleting()
        || old.UnschedulableMessage() != fresh.UnschedulableMessage();

    /// <summary>The pod without what nobody reads once it is made: ten thousand of them are kept.</summary>
    public static V1Pod Trim(V1Pod berth) => berth with
    {
        Spec = new V1PodSpec { NodeName = berth.Spec.NodeName },
        Status = berth.Status is { } status
            ? status with { PodIP = null, Conditions = status.Conditions?.Where(condition => condition.Type == "PodScheduled").ToList() }
            : null,
    };

    /// <summary>Why a finished berth ended, for people.</summary>
    public static string Ending(this V1Pod berth) => (berth.Status?.Reason, berth.Status?.Message) switch
    {
        ({ Length: > 0 } reason, { Length: > 0 } message) => $"{reason}: {message}",
        ({ Length: > 0 } reason, _) => reason,
        (_, { Length: > 0 } message) => message,
        _ => berth.Status?.Phase ?? "unknown",
    };
}
