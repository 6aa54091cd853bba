using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A golden image, fetched once per pool and never changed.</summary>
[KubernetesEntity(Group = BerthApi.Group, ApiVersion = BerthApi.Version, Kind = "Image", PluralName = "images")]
[EntityScope(EntityScope.Cluster)]
[KubernetesEntityShortNames("img")]
[EntityCategories("berth")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", Description = "Whether every copy that is needed is there")]
[PrinterColumn(".spec.type", "Type")]
[PrinterColumn(".status.format", "Format")]
[PrinterColumn(".status.size", "Size")]
[PrinterColumn(".status.copies.ready", "Copies", "integer")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].reason", "Reason", Wide = true)]
[PrinterColumn(".spec.source.url", "URL", Wide = true)]
[PrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record Image : IKubernetesObject<V1ObjectMeta>, ISpec<ImageSpec>, IStatus<ImageStatus>, IUnknownFields
{
    /// <summary>berth.dev/v1alpha1.</summary>
    public string? ApiVersion { get; set; } = BerthApi.Group + "/" + BerthApi.Version;

    /// <summary>Image.</summary>
    public string? Kind { get; set; } = "Image";

    /// <summary>Standard object metadata.</summary>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The image as it should be.</summary>
    [Required]
    public ImageSpec Spec { get; set; } = new();

    /// <summary>The image as the nodes report it, summed up.</summary>
    public ImageStatus? Status { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<string> UnknownFields { get; set; } = [];
}

/// <summary>An image as it should be.</summary>
public sealed record ImageSpec
{
    /// <summary>What the image is: disk, iso, kernel or initrd. A disk's format (qcow2 or raw) is detected.</summary>
    [AllowedValues(ImageTypes.Disk, ImageTypes.Iso, ImageTypes.Kernel, ImageTypes.Initrd)]
    [SchemaDefault(ImageTypes.Disk)]
    public string Type { get; set; } = ImageTypes.Disk;

    /// <summary>Where the image comes from. May not change: make a new Image instead.</summary>
    [Required]
    public ImageSource Source { get; set; } = new();

    /// <summary>Names of StoragePools into which the image is fetched ahead of use.</summary>
    [Items(maxItems: 64)]
    public IList<string>? Pools { get; set; }
}

/// <summary>Values of an image's <c>spec.type</c>.</summary>
public static class ImageTypes
{
    public const string Disk = "disk";
    public const string Iso = "iso";
    public const string Kernel = "kernel";
    public const string Initrd = "initrd";
}

/// <summary>Where an image comes from.</summary>
public sealed record ImageSource
{
    /// <summary>An https or http URL, or a file URL below the node agent's --image-directory.</summary>
    [Required]
    [Length(1, 2048)]
    [Pattern("^(https?|file)://")]
    public string Url { get; set; } = "";

    /// <summary>Digest of the content: sha256: or sha512: and the hexadecimal digest. Advised: without it nothing tells a changed image from the right one.</summary>
    [Pattern("^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")]
    public string? Checksum { get; set; }
}

/// <summary>An image as the nodes report it, summed up by the operator.</summary>
public sealed record ImageStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status speaks of; -1 while nobody has looked at the image.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>Format of the content: qcow2 or raw.</summary>
    public string? Format { get; set; }

    /// <summary>Size of the file.</summary>
    public Quantity? Size { get; set; }

    /// <summary>Size of the disk in the image.</summary>
    public Quantity? VirtualSize { get; set; }

    /// <summary>Digest of the content, sha256: and hexadecimal.</summary>
    public string? Digest { get; set; }

    /// <summary>How many copies on nodes there are.</summary>
    public NodeCounts? Copies { get; set; }

    /// <summary>Conditions: Ready, Reconciling, Stalled.</summary>
    [ListMapKeys("type")]
    public IList<Condition>? Conditions { get; set; }
}

/// <summary>Reasons of an Image's conditions, and of a copy's state on a node.</summary>
public static class ImageReasons
{
    /// <summary>Every copy that is needed is there.</summary>
    public const string Available = "Available";

    /// <summary>Nobody needs a copy yet; it is fetched when somebody does.</summary>
    public const string OnDemand = "OnDemand";

    /// <summary>A copy is being fetched.</summary>
    public const string Downloading = "Downloading";

    /// <summary>The content differs from the checksum; nothing of it is kept.</summary>
    public const string ChecksumMismatch = "ChecksumMismatch";

    /// <summary>The server ended the transfer before the whole content had come.</summary>
    public const string DownloadIncomplete = "DownloadIncomplete";

    /// <summary>The server could not be reached or refused; the message is its own.</summary>
    public const string DownloadFailed = "DownloadFailed";

    /// <summary>The content is larger than the agent's limit.</summary>
    public const string TooLarge = "TooLarge";

    /// <summary>The pool has not enough space for the copy.</summary>
    public const string InsufficientSpace = "InsufficientSpace";

    /// <summary>The content is not what the type says, or names other files of the host.</summary>
    public const string InvalidContent = "InvalidContent";

    /// <summary>The URL is not one that the agent fetches from.</summary>
    public const string SourceNotAllowed = "SourceNotAllowed";

    /// <summary>The storage pool is not available on the node.</summary>
    public const string StoragePoolNotReady = "StoragePoolNotReady";
}
