namespace Berth.Operator.Hypervisors;

/// <summary>Whether the agents of nodes are heard.</summary>
internal interface INodeHeartbeats
{
    /// <summary>The silence of a node's agent, once it is long enough to speak of; null while the agent is heard, or while nothing certain can be said.</summary>
    NodeSilence? SilenceOf(string node);
}

/// <summary>A silence that is long enough to speak of. <paramref name="Episode"/> never repeats, for any node.</summary>
internal readonly record struct NodeSilence(long Episode);
