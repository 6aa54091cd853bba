using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Memory of the guest.</summary>
public sealed record Memory
{
    /// <summary>How much memory the guest has, such as 512Mi or 2Gi; whole MiB, at least 1Mi. The berth requests this much and an overhead for QEMU.</summary>
    [Required]
    public Quantity Size { get; set; }

    /// <summary>Up to how much memory may be added while the VM runs. Not carried out by this version.</summary>
    public Quantity? Max { get; set; }

    /// <summary>Backs the memory by huge pages of this size, such as 2Mi. Not carried out by this version.</summary>
    public Quantity? Hugepages { get; set; }
}
