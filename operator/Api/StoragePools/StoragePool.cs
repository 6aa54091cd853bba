using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A libvirt storage pool on each matching node.</summary>
[KubernetesEntity(Group = BerthApi.Group, ApiVersion = BerthApi.Version, Kind = "StoragePool", PluralName = "storagepools")]
[EntityScope(EntityScope.Cluster)]
[KubernetesEntityShortNames("pool", "pools")]
[EntityCategories("berth")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", Description = "Whether the pool is there on every matching node")]
[PrinterColumn(".spec.type", "Type")]
[PrinterColumn(".status.nodes.ready", "Nodes", "integer", Description = "Nodes on which the pool is available")]
[PrinterColumn(".status.capacity", "Capacity")]
[PrinterColumn(".status.available", "Available")]
[PrinterColumn(".spec.target.path", "Path", Wide = true)]
[PrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record StoragePool : IKubernetesObject<V1ObjectMeta>, ISpec<StoragePoolSpec>, IStatus<StoragePoolStatus>, IUnknownFields
{
    /// <summary>berth.dev/v1alpha1.</summary>
    public string? ApiVersion { get; set; } = BerthApi.Group + "/" + BerthApi.Version;

    /// <summary>StoragePool.</summary>
    public string? Kind { get; set; } = "StoragePool";

    /// <summary>Standard object metadata. The annotation berth.dev/default-pool: "true" makes the pool the default one.</summary>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The pool as it should be.</summary>
    [Required]
    public StoragePoolSpec Spec { get; set; } = new();

    /// <summary>The pool as the nodes report it, summed up.</summary>
    public StoragePoolStatus? Status { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<string> UnknownFields { get; set; } = [];
}

/// <summary>A storage pool as it should be.</summary>
public sealed record StoragePoolSpec
{
    /// <summary>libvirt's pool type. This version carries out dir.</summary>
    [AllowedValues("dir", "fs", "netfs", "logical", "disk", "iscsi", "iscsi-direct", "gluster", "rbd")]
    [SchemaDefault("dir")]
    public string Type { get; set; } = "dir";

    /// <summary>Where the pool is on the node.</summary>
    public PoolTarget? Target { get; set; }

    /// <summary>Where the pool's storage comes from. Not carried out by this version: dir pools have none.</summary>
    [PreserveUnknownFields]
    public System.Text.Json.JsonElement? Source { get; set; }

    /// <summary>Labels of the nodes that have the pool. Without it: every host.</summary>
    public IDictionary<string, string>? NodeSelector { get; set; }

    /// <summary>True when every node sees the same storage. Not carried out by this version.</summary>
    [SchemaDefault(false)]
    public bool Shared { get; set; }

    /// <summary>What happens to a volume's data when its StorageVolume is deleted: Delete or Retain (the file stays).</summary>
    [AllowedValues(ReclaimPolicies.Delete, ReclaimPolicies.Retain)]
    [SchemaDefault(ReclaimPolicies.Delete)]
    public string ReclaimPolicy { get; set; } = ReclaimPolicies.Delete;

    /// <summary>Which namespaces may have volumes in the pool. Default: all.</summary>
    public AllowedNamespaces? AllowedNamespaces { get; set; }
}

/// <summary>Values of <c>spec.reclaimPolicy</c>.</summary>
public static class ReclaimPolicies
{
    public const string Delete = "Delete";
    public const string Retain = "Retain";
}

/// <summary>Where a pool is on the node.</summary>
public sealed record PoolTarget
{
    /// <summary>Absolute path of the pool's folder on the node; made when missing. For dir, fs and netfs pools.</summary>
    [Length(2, 1024)]
    [Pattern("^/[^\\x00\\n]*$")]
    public string? Path { get; set; }
}

/// <summary>A storage pool as the nodes report it, summed up by the operator.</summary>
public sealed record StoragePoolStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status speaks of; -1 while nobody has looked at the pool.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>On how many nodes the pool is available.</summary>
    public NodeCounts? Nodes { get; set; }

    /// <summary>Sum of the nodes' capacity, rounded.</summary>
    public Quantity? Capacity { get; set; }

    /// <summary>Sum of the nodes' free space, rounded.</summary>
    public Quantity? Available { get; set; }

    /// <summary>Conditions: Ready, Reconciling, Stalled.</summary>
    [ListMapKeys("type")]
    public IList<Condition>? Conditions { get; set; }
}

/// <summary>Counts over the nodes that an object is meant for.</summary>
public sealed record NodeCounts
{
    /// <summary>Nodes that it is meant for and that have reported.</summary>
    public int Total { get; set; }

    /// <summary>Nodes on which it is ready.</summary>
    public int Ready { get; set; }

    /// <summary>At most ten of the nodes on which it is not, with the reason.</summary>
    [ListMapKeys("node")]
    public IList<FailingNode>? Failing { get; set; }
}

/// <summary>A node on which something is not ready.</summary>
public sealed record FailingNode
{
    /// <summary>The node.</summary>
    public string Node { get; set; } = "";

    /// <summary>A CamelCase word for programs.</summary>
    public string Reason { get; set; } = "";

    /// <summary>A sentence for people.</summary>
    public string? Message { get; set; }
}
