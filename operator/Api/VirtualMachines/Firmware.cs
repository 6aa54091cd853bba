using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>How a VM boots.</summary>
public sealed record Firmware
{
    /// <summary>bios or uefi. This version carries out bios.</summary>
    [AllowedValues("bios", "uefi")]
    [SchemaDefault("bios")]
    public string Type { get; set; } = "bios";

    /// <summary>True allows only signed boot loaders; needs uefi. Not carried out by this version.</summary>
    public bool? SecureBoot { get; set; }

    /// <summary>True gives the VM an emulated TPM 2.0. Not carried out by this version.</summary>
    public bool? Tpm { get; set; }

    /// <summary>Boots a kernel directly instead of a disk's boot loader.</summary>
    public KernelBoot? Kernel { get; set; }
}

/// <summary>A kernel that is booted directly.</summary>
public sealed record KernelBoot
{
    /// <summary>Name of an Image of type kernel.</summary>
    [Required]
    [Length(1, 253)]
    public string Image { get; set; } = "";

    /// <summary>Name of an Image of type initrd.</summary>
    [Length(maxLength: 253)]
    public string? Initrd { get; set; }

    /// <summary>The kernel's command line.</summary>
    [Length(maxLength: 4096)]
    public string? Cmdline { get; set; }
}
