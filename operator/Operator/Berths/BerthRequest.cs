using Berth.Api;

namespace Berth.Operator.Berths;

/// <summary>What a berth is to be made for.</summary>
internal sealed record BerthRequest(VirtualMachine Machine, long Epoch)
{
    /// <summary>Node labels that the pools and networks of the VM ask for, each set to be met as a whole.</summary>
    public IReadOnlyList<IDictionary<string, string>> NodeSelectors { get; init; } = [];

    /// <summary>Nodes that the berth must be on: where the VM's volumes are. More than one cannot be met, and kube-scheduler says so.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>Nodes that have refused the VM and are avoided for now.</summary>
    public IReadOnlyList<string> AvoidedNodes { get; init; } = [];

    /// <summary>The node where the domain already is: the berth only takes its place up again. Null for a VM that is yet to be placed.</summary>
    public string? OccupiedNode { get; init; }
}
