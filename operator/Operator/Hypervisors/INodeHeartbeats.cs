namespace Berth.Operator.Hypervisors;

/// <summary>Whether the agents of nodes are heard.</summary>
internal interface INodeHeartbeats
{
    /// <summary>The silence of a node's agent, once it is long enough to speak of; null while the agent is heard, or while nothing certain can be said.</summary>
    NodeSilence? SilenceOf(string node);

    /// <summary>The Lease of an agent that has been silent for as long, whatever the others do; null while it is heard or not known for long enough.</summary>
    StaleLease? StaleLeaseOf(string node);

    /// <summary>Version of the node's Lease when it last changed; null while none was seen.</summary>
    string? LeaseVersionOf(string node);
}

/// <summary>A Lease that has not changed for too long; <paramref name="Version"/> is null when there was none.</summary>
internal sealed record StaleLease(string? Version);

/// <summary>A silence that is long enough to speak of. <paramref name="Episode"/> never repeats, for any node.</summary>
internal readonly record struct NodeSilence(long Episode);
