namespace Berth.NodeAgent.Node;

/// <summary>What tells this machine and its cluster from others; what Berth leaves on a node is marked with both.</summary>
internal interface INodeIdentity
{
    /// <summary>Identifies the machine over its boots; empty when the host has no machine id.</summary>
    string MachineId { get; }

    /// <summary>UID of the cluster's kube-system namespace. Read from the API server until it has answered once.</summary>
    Task<string> GetClusterIdAsync(CancellationToken cancellationToken);
}
