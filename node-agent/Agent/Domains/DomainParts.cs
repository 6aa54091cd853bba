namespace Berth.NodeAgent.Domains;

/// <summary>What the node found for a VM: everything of its domain that the spec does not say.</summary>
internal sealed record DomainParts
{
    /// <summary>UID of the cluster's kube-system namespace.</summary>
    public required string Cluster { get; init; }

    /// <summary>kvm or tcg.</summary>
    public required string Accelerator { get; init; }

    /// <summary>True when the host's CPU is Intel's.</summary>
    public bool HostIsIntel { get; init; }

    /// <summary>Files behind the disks, by the disk's name.</summary>
    public IReadOnlyDictionary<string, DiskFile> Files { get; init; } = new Dictionary<string, DiskFile>();

    /// <summary>Path of the kernel that is booted directly, or null.</summary>
    public string? KernelPath { get; init; }

    /// <summary>Path of the initrd, or null.</summary>
    public string? InitrdPath { get; init; }

    /// <summary>Path of the seed, or null.</summary>
    public string? SeedPath { get; init; }

    /// <summary>Digest of the seed, or null.</summary>
    public string? SeedDigest { get; init; }

    /// <summary>The control group to start in, or null where the host gives none.</summary>
    public string? Partition { get; init; }

    /// <summary>Path of the console's log.</summary>
    public required string ConsoleLog { get; init; }

    /// <summary>The value of spec.restartedAt that this start carries out, or the last one that was.</summary>
    public DateTimeOffset? RestartedAt { get; init; }

    /// <summary>When this start began.</summary>
    public DateTimeOffset? StartedAt { get; init; }
}

/// <summary>The file behind a disk.</summary>
internal sealed record DiskFile(string Path, string Format, bool DirectIo);
