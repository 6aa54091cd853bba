namespace Berth.NodeStandin;

/// <summary>What every node of this process offers to the scheduler, as Kubernetes quantities.</summary>
internal sealed record NodeOptions(string Cpus, string Memory, string Pods, TimeSpan Heartbeat);
