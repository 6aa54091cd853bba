namespace Berth.Libvirt;

/// <summary>How a domain is migrated (virDomainMigrateFlags).</summary>
[Flags]
public enum MigrationFlags
{
    None = 0,
    Live = 1 << 0,

    /// <summary>The source's daemon drives the migration; the caller may go away.</summary>
    PeerToPeer = 1 << 1,
    Tunnelled = 1 << 2,
    PersistDestination = 1 << 3,
    UndefineSource = 1 << 4,

    /// <summary>The guest stays paused on the destination until it is resumed there.</summary>
    Paused = 1 << 5,
    CopyDisks = 1 << 6,
    CopyDisksIncrementally = 1 << 7,

    /// <summary>Nothing may change the domain's definition meanwhile.</summary>
    ChangeProtection = 1 << 8,

    /// <summary>Also where libvirt cannot tell that the disks are safe.</summary>
    Unsafe = 1 << 9,
    Offline = 1 << 10,
    Compressed = 1 << 11,
    AbortOnIOError = 1 << 12,

    /// <summary>The guest is slowed down until the migration gets ahead of it.</summary>
    AutoConverge = 1 << 13,

    /// <summary>Allows <see cref="LibvirtDomains.StartPostCopyAsync"/>.</summary>
    PostCopy = 1 << 15,
    Tls = 1 << 16,
    Parallel = 1 << 17,
}

/// <summary>Where and how a domain is migrated to; what is null is left to libvirt.</summary>
public sealed record MigrationOptions
{
    public MigrationFlags Flags { get; init; } = MigrationFlags.Live | MigrationFlags.PeerToPeer;

    /// <summary>The URI under which this host's QEMU reaches the other one's.</summary>
    public string? MigrationUri { get; init; }

    /// <summary>The URI for the copy of disks.</summary>
    public string? DisksUri { get; init; }

    /// <summary>Replaces those parts of the domain's XML that the guest cannot see.</summary>
    public string? DestinationXml { get; init; }

    /// <summary>The definition that is kept on the destination.</summary>
    public string? PersistentXml { get; init; }

    public string? ListenAddress { get; init; }

    /// <summary>In MiB per second.</summary>
    public ulong? Bandwidth { get; init; }

    public int? ParallelConnections { get; init; }

    public string? TlsDestination { get; init; }

    /// <summary>The target names of the disks that are copied; empty means all that are neither shared nor read-only.</summary>
    public IReadOnlyList<string> Disks { get; init; } = [];
}
