using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A disk of a VM. Exactly one of template, volume, ephemeral and cdrom says what it is.</summary>
public sealed record Disk
{
    /// <summary>Name of the disk in this VM; the guest sees it as the disk's serial number.</summary>
    [Required]
    [Length(1, 20)]
    [Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Name { get; set; } = "";

    /// <summary>A StorageVolume that is made for this VM, named VM-DISK, and deleted with it.</summary>
    public DiskTemplate? Template { get; set; }

    /// <summary>A StorageVolume with a life of its own.</summary>
    public LocalObjectReference? Volume { get; set; }

    /// <summary>A blank disk that lives only as long as the VM runs. Not carried out by this version.</summary>
    public EphemeralDisk? Ephemeral { get; set; }

    /// <summary>A CD-ROM drive with an Image of type iso in it.</summary>
    public CdromDisk? Cdrom { get; set; }

    /// <summary>How the guest sees the disk: virtio (default), scsi (virtio-scsi) or sata. A cdrom's default is sata.</summary>
    [AllowedValues("virtio", "scsi", "sata")]
    public string? Bus { get; set; }

    /// <summary>Place in the boot order, from 1; the lowest is tried first. Without any, disks are tried as they are listed.</summary>
    [RangeMinimum(1)]
    [RangeMaximum(1024)]
    public int? BootOrder { get; set; }
}

/// <summary>A StorageVolume made for a VM.</summary>
public sealed record DiskTemplate
{
    /// <summary>Name of the StoragePool. Default: the pool annotated berth.dev/default-pool.</summary>
    [Length(maxLength: 253)]
    public string? Pool { get; set; }

    /// <summary>Name of an Image of type disk to start from. Without it the disk is blank.</summary>
    [Length(maxLength: 253)]
    public string? Image { get; set; }

    /// <summary>Size of the disk. Without it the disk is as large as the image; never smaller.</summary>
    public Quantity? Size { get; set; }
}

/// <summary>A blank disk that lives only as long as the VM runs.</summary>
public sealed record EphemeralDisk
{
    /// <summary>Size of the disk.</summary>
    [Required]
    public Quantity Size { get; set; }
}

/// <summary>A CD-ROM drive.</summary>
public sealed record CdromDisk
{
    /// <summary>Name of an Image of type iso.</summary>
    [Required]
    [Length(1, 253)]
    public string Image { get; set; } = "";
}
