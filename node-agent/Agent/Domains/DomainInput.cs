using Berth.Api;

namespace Berth.NodeAgent.Domains;

/// <summary>All that a domain is made from: the VM's spec and what the node found for it. A function of it alone gives the XML.</summary>
internal sealed record DomainInput
{
    /// <summary>UUID of the domain: the VM's UID.</summary>
    public required Guid Id { get; init; }

    /// <summary>Name of the domain in libvirt.</summary>
    public required string Name { get; init; }

    /// <summary>Who the domain belongs to, as its metadata says.</summary>
    public required DomainOwner Owner { get; init; }

    /// <summary>kvm or tcg.</summary>
    public required string Accelerator { get; init; }

    /// <summary>True when the host's CPU is Intel's.</summary>
    public bool HostIsIntel { get; init; }

    /// <summary>Machine type that the VM had when it first ran; null lets libvirt resolve <see cref="OsXml.DefaultMachine"/>.</summary>
    public string? MachineType { get; init; }

    /// <summary>The VM as it should be.</summary>
    public required VirtualMachineSpec Spec { get; init; }

    /// <summary>Files of the kernel that is booted directly, or null.</summary>
    public DomainKernel? Kernel { get; init; }

    /// <summary>Disks in the order of the spec.</summary>
    public IReadOnlyList<DomainDisk> Disks { get; init; } = [];

    /// <summary>Interfaces in the order of the spec.</summary>
    public IReadOnlyList<DomainInterface> Interfaces { get; init; } = [];

    /// <summary>Path of the cloud-init seed, or null.</summary>
    public string? SeedPath { get; init; }

    /// <summary>The control group that the domain's own is made in, or null.</summary>
    public string? Partition { get; init; }

    /// <summary>Path of the log that the serial console is written to.</summary>
    public required string ConsoleLog { get; init; }

    /// <summary>True when the host emulates the guest's CPU.</summary>
    public bool IsEmulated => Accelerator == Accelerators.Tcg;
}

/// <summary>A kernel that is booted directly.</summary>
internal sealed record DomainKernel(string KernelPath, string? InitrdPath, string? CommandLine);

/// <summary>A disk with the file behind it.</summary>
internal sealed record DomainDisk
{
    /// <summary>Name of the disk in the spec; its serial number in the guest.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>qcow2 or raw.</summary>
    public required string Format { get; init; }

    /// <summary>virtio, scsi or sata.</summary>
    public required string Bus { get; init; }

    /// <summary>Name of the device in the domain, such as vda.</summary>
    public required string Target { get; init; }

    /// <summary>True for a CD-ROM drive.</summary>
    public bool IsCdrom { get; init; }

    /// <summary>True when the file system below the file can be read and written past the host's page cache.</summary>
    public bool DirectIo { get; init; }

    /// <summary>Place in the boot order from 1, or null when the disk is not booted from.</summary>
    public int? BootOrder { get; init; }
}

/// <summary>An interface and the libvirt network that it is connected to.</summary>
internal sealed record DomainInterface(string Name, string Mac, string Network, string Model);
