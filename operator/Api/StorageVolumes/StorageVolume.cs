using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>One disk in a storage pool, with a life of its own.</summary>
[KubernetesEntity(Group = BerthApi.Group, ApiVersion = BerthApi.Version, Kind = "StorageVolume", PluralName = "storagevolumes")]
[EntityName(182)]
[KubernetesEntityShortNames("vol", "vols")]
[EntityCategories("berth")]
[PrinterColumn(".status.state", "State", Description = "What the volume is doing, in one word")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", Description = "Whether the volume can be used")]
[PrinterColumn(".spec.pool", "Pool")]
[PrinterColumn(".status.capacity", "Capacity")]
[PrinterColumn(".status.nodeName", "Node", Description = "The node that has the volume")]
[PrinterColumn(".status.path", "Path", Wide = true)]
[PrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record StorageVolume : IKubernetesObject<V1ObjectMeta>, ISpec<StorageVolumeSpec>, IStatus<StorageVolumeStatus>, IUnknownFields
{
    /// <summary>berth.dev/v1alpha1.</summary>
    public string? ApiVersion { get; set; } = BerthApi.Group + "/" + BerthApi.Version;

    /// <summary>StorageVolume.</summary>
    public string? Kind { get; set; } = "StorageVolume";

    /// <summary>Standard object metadata; the name has at most 182 characters, so that the volume's file can be named after it.</summary>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The volume as it should be.</summary>
    [Required]
    public StorageVolumeSpec Spec { get; set; } = new();

    /// <summary>The volume as it is.</summary>
    public StorageVolumeStatus? Status { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<string> UnknownFields { get; set; } = [];
}

/// <summary>A volume as it should be.</summary>
public sealed record StorageVolumeSpec
{
    /// <summary>Name of the StoragePool. Default: the pool annotated berth.dev/default-pool. May not change.</summary>
    [Length(maxLength: 253)]
    public string? Pool { get; set; }

    /// <summary>Size of the disk that the guest sees. Without it the disk is as large as its source.</summary>
    public Quantity? Size { get; set; }

    /// <summary>Format of the file: qcow2 or raw. May not change.</summary>
    [AllowedValues("qcow2", "raw")]
    [SchemaDefault("qcow2")]
    public string Format { get; set; } = "qcow2";

    /// <summary>thin (space is taken as it is written) or full (all of it is taken at once).</summary>
    [AllowedValues("thin", "full")]
    [SchemaDefault("thin")]
    public string Allocation { get; set; } = "thin";

    /// <summary>What is in the volume at first. Without it the volume is blank. May not change.</summary>
    public VolumeSource? Source { get; set; }
}

/// <summary>What is in a volume at first; at most one field is given.</summary>
public sealed record VolumeSource
{
    /// <summary>Name of an Image of type disk; a qcow2 volume uses the pool's copy as backing file.</summary>
    [Length(maxLength: 253)]
    public string? Image { get; set; }

    /// <summary>Name of a StorageVolume in the same namespace. Not carried out by this version.</summary>
    [Length(maxLength: 253)]
    public string? Volume { get; set; }

    /// <summary>Name of a VirtualMachineSnapshot in the same namespace. Not carried out by this version.</summary>
    [Length(maxLength: 253)]
    public string? Snapshot { get; set; }

    /// <summary>URL to fetch the content from. Not carried out by this version.</summary>
    [Length(maxLength: 2048)]
    public string? Url { get; set; }
}

/// <summary>A volume as it is.</summary>
public sealed record StorageVolumeStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status speaks of; -1 while nobody has looked at the volume.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>What the volume is doing, in one word for people: Pending, Ready, Lost, Failed or Deleted.</summary>
    public string? State { get; set; }

    /// <summary>The node whose agent works on the volume while no VM that uses it is bound. Written by the operator.</summary>
    public Binding? Executor { get; set; }

    /// <summary>The agent's word that nothing of the volume is left on its node (or that it is kept on purpose) and nothing will be made at or below this epoch.</summary>
    public long? ReleasedEpoch { get; set; }

    /// <summary>The node that has the volume; empty for a shared pool.</summary>
    public string? NodeName { get; set; }

    /// <summary>Name of the StoragePool that it is in.</summary>
    public string? Pool { get; set; }

    /// <summary>Path of the volume on the node; written once.</summary>
    public string? Path { get; set; }

    /// <summary>Format of the file.</summary>
    public string? Format { get; set; }

    /// <summary>Size of the disk that the guest sees.</summary>
    public Quantity? Capacity { get; set; }

    /// <summary>Digest of the image that the volume is based on.</summary>
    public string? ImageDigest { get; set; }

    /// <summary>When the volume was made; once set, the volume is never made again.</summary>
    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>Conditions: Ready, Reconciling, Stalled.</summary>
    [ListMapKeys("type")]
    public IList<Condition>? Conditions { get; set; }
}

/// <summary>Reasons of a StorageVolume's conditions.</summary>
public static class StorageVolumeReasons
{
    /// <summary>The volume is there.</summary>
    public const string Available = "Available";

    /// <summary>The volume was there once and is not found now. It is never made again.</summary>
    public const string VolumeLost = "VolumeLost";

    /// <summary>The storage pool is not available on the node.</summary>
    public const string StoragePoolNotReady = "StoragePoolNotReady";

    /// <summary>The image is being fetched.</summary>
    public const string ImageNotReady = "ImageNotReady";

    /// <summary>The image could not be fetched; the message says why.</summary>
    public const string ImageFailed = "ImageFailed";

    /// <summary>libvirt refused to make the volume; the message is libvirt's.</summary>
    public const string CreateFailed = "CreateFailed";

    /// <summary>The pool has not the space that is to be taken at once.</summary>
    public const string InsufficientSpace = "InsufficientSpace";

    /// <summary>The volume waits until a VM that uses it is bound, or until a node is chosen.</summary>
    public const string WaitingForNode = "WaitingForNode";

    /// <summary>A VirtualMachine still uses the volume that is to be deleted.</summary>
    public const string InUse = "InUse";
}

/// <summary>Values of a volume's <c>status.state</c>.</summary>
public static class StorageVolumeStates
{
    public const string Pending = "Pending";
    public const string Ready = "Ready";
    public const string Lost = "Lost";
    public const string Failed = "Failed";
    public const string Deleted = "Deleted";
}
