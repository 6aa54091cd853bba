namespace Berth.Operator.Berths;

/// <summary>What all berths have in common.</summary>
internal sealed record BerthOptions
{
    /// <summary>Kubernetes' own pause image: it sleeps until it is told to end.</summary>
    public string PauseImage { get; init; } = "registry.k8s.io/pause:3.10";

    /// <summary>How many vCPUs share one CPU that is scheduled for.</summary>
    public double CpuAllocationRatio { get; init; } = 10;
}
