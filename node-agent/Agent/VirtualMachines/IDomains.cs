using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>The domains of this node's libvirt, in the words of the VMs' reconciler. Names and states are always read from libvirt, never remembered.</summary>
/// <remarks>Every method throws <see cref="HypervisorException"/> when libvirt refuses or is not there.</remarks>
internal interface IDomains
{
    /// <summary>Every domain of the node, ours or not.</summary>
    Task<IReadOnlyList<ListedDomain>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Whose the domain with this UUID is; null when it is not ours, or not there.</summary>
    Task<DomainOwner?> FindOwnerAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The domain with this UUID, or null when libvirt says that there is none.</summary>
    Task<Domain?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The domain of this name, or null when libvirt says that there is none.</summary>
    Task<Domain?> FindByNameAsync(string name, CancellationToken cancellationToken);

    /// <summary>Defines a domain, or gives a stopped one a new definition.</summary>
    Task DefineAsync(string xml, CancellationToken cancellationToken);

    /// <summary>Starts a defined domain; returns when its CPUs run.</summary>
    Task StartAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Lets a paused guest go on. A domain that runs is left as it is.</summary>
    Task ResumeAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Asks the guest to shut down, by its power button; returns at once. A domain that does not run is left as it is.</summary>
    Task ShutdownAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Switches the domain off. A domain that does not run, or is not there, is left as it is.</summary>
    Task DestroyAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Removes the definition of a stopped domain, with what libvirt keeps of it. A domain that is not there is left so.</summary>
    Task UndefineAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Gives the domain, running and defined, new metadata.</summary>
    Task SetOwnerAsync(Guid id, DomainOwner owner, CancellationToken cancellationToken);

    /// <summary>Addresses of the domain's interfaces by MAC, as libvirt's own DHCP servers have given them out.</summary>
    Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> AddressesAsync(Guid id, CancellationToken cancellationToken);
}

/// <summary>A domain in a list.</summary>
internal sealed record ListedDomain(Guid Id, string Name, DomainState State);

/// <summary>A domain as libvirt has it.</summary>
internal sealed record Domain
{
    /// <summary>UUID of the domain.</summary>
    public required Guid Id { get; init; }

    /// <summary>Name of the domain.</summary>
    public required string Name { get; init; }

    /// <summary>What it is doing.</summary>
    public required DomainState State { get; init; }

    /// <summary>How it stopped; <see cref="DomainEnd.Unknown"/> unless <see cref="State"/> is Off.</summary>
    public DomainEnd End { get; init; }

    /// <summary>True while QEMU has paused the guest because a write to one of its disks failed for want of space.</summary>
    public bool IsPausedByStorage { get; init; }

    /// <summary>Number of the running domain, or null.</summary>
    public int? RuntimeId { get; init; }

    /// <summary>The CPU model that the running guest has, where its definition leaves it to libvirt; else null.</summary>
    public string? CpuModel { get; init; }

    /// <summary>What its definition says.</summary>
    public required DomainFacts Facts { get; init; }

    /// <summary>Whose it is; null when it is not ours.</summary>
    public DomainOwner? Owner => Facts.Owner;

    /// <summary>True while the guest has a QEMU, running or paused.</summary>
    public bool IsActive => State != DomainState.Off;
}

/// <summary>What a domain is doing.</summary>
internal enum DomainState
{
    Off,
    Running,
    Paused,
    ShuttingDown,

    /// <summary>The guest has panicked and its QEMU is kept.</summary>
    Crashed,
}

/// <summary>How a domain that is off came to be so.</summary>
internal enum DomainEnd
{
    /// <summary>libvirt does not know: the domain was only defined, or the host was restarted.</summary>
    Unknown,

    /// <summary>The guest switched itself off.</summary>
    Shutdown,

    /// <summary>Somebody switched it off.</summary>
    Destroyed,

    /// <summary>The guest panicked, or its QEMU died.</summary>
    Crashed,

    /// <summary>It did not start.</summary>
    Failed,
}
