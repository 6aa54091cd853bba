using System.Net;
using Berth.Api;
using Berth.Operator.Berths;
using Berth.Runtime.Logging;
using Microsoft.Extensions.Logging;

namespace Berth.Operator;

/// <summary>What the operator is told at start; bound and validated once, in Program.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Path of a kubeconfig; null for the in-cluster configuration.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context of the kubeconfig; null for its current one.</summary>
    public string? Context { get; init; }

    /// <summary>Namespace of Berth's own objects: the agents' Leases and the operator's own.</summary>
    public string Namespace { get; init; } = BerthApi.DefaultNamespace;

    /// <summary>Address of the metrics and health listener.</summary>
    public IPEndPoint MetricsAddress { get; init; } = new(IPAddress.Any, 8080);

    /// <summary>What all berths have in common.</summary>
    public BerthOptions Berths { get; init; } = new();

    /// <summary>Stands for election before it works; false only where there is surely no second one.</summary>
    public bool LeaderElect { get; init; } = true;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public LogFormat LogFormat { get; init; } = LogFormat.Text;
}
