namespace Berth.NodeAgent.Domains;

/// <summary>What the metadata of a domain says: whose it is, and under which binding it was started.</summary>
internal sealed record DomainOwner
{
    /// <summary>Version of the metadata element.</summary>
    public int Version { get; init; } = Api.BerthApi.DomainMetadataVersion;

    /// <summary>Namespace of the VM.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the VM.</summary>
    public required string Name { get; init; }

    /// <summary>UID of the VM.</summary>
    public required string Uid { get; init; }

    /// <summary>UID of the cluster's kube-system namespace.</summary>
    public required string Cluster { get; init; }

    /// <summary>Epoch of the binding that the domain was started under.</summary>
    public required long Epoch { get; init; }

    /// <summary>The value of spec.restartedAt that the start carried out.</summary>
    public DateTimeOffset? RestartedAt { get; init; }

    /// <summary>When the agent defined the domain for this start.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Digest of the cloud-init seed that the guest was started with, or null.</summary>
    public string? SeedDigest { get; init; }
}
