using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A libvirt network on each matching node.</summary>
[KubernetesEntity(Group = BerthApi.Group, ApiVersion = BerthApi.Version, Kind = "VirtualNetwork", PluralName = "virtualnetworks")]
[EntityScope(EntityScope.Cluster)]
[KubernetesEntityShortNames("vnet", "vnets")]
[EntityCategories("berth")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", Description = "Whether the network is up on every matching node")]
[PrinterColumn(".spec.mode", "Mode")]
[PrinterColumn(".spec.subnet", "Subnet")]
[PrinterColumn(".status.nodes.ready", "Nodes", "integer", Description = "Nodes on which the network is up")]
[PrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record VirtualNetwork : IKubernetesObject<V1ObjectMeta>, ISpec<VirtualNetworkSpec>, IStatus<VirtualNetworkStatus>, IUnknownFields
{
    /// <summary>berth.dev/v1alpha1.</summary>
    public string? ApiVersion { get; set; } = BerthApi.Group + "/" + BerthApi.Version;

    /// <summary>VirtualNetwork.</summary>
    public string? Kind { get; set; } = "VirtualNetwork";

    /// <summary>Standard object metadata.</summary>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The network as it should be.</summary>
    [Required]
    public VirtualNetworkSpec Spec { get; set; } = new();

    /// <summary>The network as the nodes report it, summed up.</summary>
    public VirtualNetworkStatus? Status { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<string> UnknownFields { get; set; } = [];
}

/// <summary>A virtual network as it should be.</summary>
public sealed record VirtualNetworkSpec
{
    /// <summary>How guests reach the outside: nat, route, isolated, bridge, macvtap or user. This version carries out nat.</summary>
    [AllowedValues("nat", "route", "isolated", "bridge", "macvtap", "user")]
    [SchemaDefault("nat")]
    public string Mode { get; set; } = "nat";

    /// <summary>IPv4 subnet of the network on each node, such as 192.168.150.0/24; the node has its first address.</summary>
    [Pattern("^([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$")]
    public string? Subnet { get; set; }

    /// <summary>Addresses that are given out by DHCP. Without it there is no DHCP.</summary>
    public DhcpRange? Dhcp { get; set; }

    /// <summary>Name of the bridge: for nat the one to make (default: chosen from the network's UID), for bridge the existing one.</summary>
    [Pattern("^([A-Za-z0-9][A-Za-z0-9._-]{0,14})?$")]
    public string? Bridge { get; set; }

    /// <summary>Labels of the nodes that have the network. Without it: every host.</summary>
    public IDictionary<string, string>? NodeSelector { get; set; }

    /// <summary>Which namespaces may connect VMs to the network. Default: all.</summary>
    public AllowedNamespaces? AllowedNamespaces { get; set; }
}

/// <summary>A range of IPv4 addresses for DHCP, both ends included.</summary>
public sealed record DhcpRange
{
    /// <summary>First address.</summary>
    [Required]
    [Pattern("^([0-9]{1,3}\\.){3}[0-9]{1,3}$")]
    public string Start { get; set; } = "";

    /// <summary>Last address.</summary>
    [Required]
    [Pattern("^([0-9]{1,3}\\.){3}[0-9]{1,3}$")]
    public string End { get; set; } = "";
}

/// <summary>A virtual network as the nodes report it, summed up by the operator.</summary>
public sealed record VirtualNetworkStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status speaks of; -1 while nobody has looked at the network.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>On how many nodes the network is up.</summary>
    public NodeCounts? Nodes { get; set; }

    /// <summary>Conditions: Ready, Reconciling, Stalled.</summary>
    [ListMapKeys("type")]
    public IList<Condition>? Conditions { get; set; }
}
