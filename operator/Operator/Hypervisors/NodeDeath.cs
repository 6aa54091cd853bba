using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Hypervisors;

/// <summary>Proof that a node is dead. <paramref name="BootId"/> is the boot that it last reported.</summary>
internal sealed record NodeDeath(string Reason, string Message, string? BootId)
{
    /// <summary>The taint by which a person says that the node is off; Kubernetes gives it the same meaning for volumes.</summary>
    public const string OutOfServiceTaint = "node.kubernetes.io/out-of-service";

    /// <summary>Weighs what the API server said just now. Silence alone is no proof, nor is a Node that is not there; and no word of a person is one while the agent is heard.</summary>
    /// <param name="node">The Node, or null when there is none.</param>
    /// <param name="host">The Hypervisor, or null when there is none.</param>
    /// <param name="isSilent">Whether this operator has itself seen the agent's Lease unchanged for long enough.</param>
    public static NodeDeath? Of(V1Node? node, Hypervisor? host, bool isSilent) => (host, isSilent) switch
    {
        // Without the object there is nowhere to leave a record for the agent that comes back.
        (null, _) or (_, false) => null,
        _ when IsOutOfService(node) => new(NodeDeathReasons.OutOfService, $"The Node carries the taint {OutOfServiceTaint} and its agent is silent.", host.Status?.BootId),
        _ when IsFenced(host) => new(NodeDeathReasons.Fenced, $"spec.fenced declares boot {host.Spec.Fenced} off and the agent is silent.", host.Status?.BootId),
        _ => null,
    };

    public static bool IsOutOfService(V1Node? node) => node?.Spec?.Taints?.Any(taint => taint.Key == OutOfServiceTaint) == true;

    /// <summary>True when the fence names the boot that the node last reported: a node that has booted since is not fenced.</summary>
    public static bool IsFenced(Hypervisor host) =>
        host.Spec.Fenced is { Length: > 0 } fenced && string.Equals(fenced, host.Status?.BootId, StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the fence names a boot, and the node has last reported another one.</summary>
    public static bool IsFencedUnderAnotherBoot(Hypervisor host) => host is { Spec.Fenced.Length: > 0, Status.BootId.Length: > 0 } && !IsFenced(host);
}
