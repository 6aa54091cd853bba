using Berth.Api;

namespace Berth.Operator.HostChecks;

/// <summary>What <c>berth-operator check</c> is told.</summary>
internal sealed record HostCheckOptions
{
    /// <summary>Path of a kubeconfig; null for the in-cluster configuration.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context of the kubeconfig; null for its current one.</summary>
    public string? Context { get; init; }

    /// <summary>Namespace of the agents' Leases.</summary>
    public string Namespace { get; init; } = BerthApi.DefaultNamespace;

    /// <summary>How long hosts may take to become fit. An agent is heard every 10 s, so less than that finds none.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);
}
