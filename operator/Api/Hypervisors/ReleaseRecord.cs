using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>The operator's word, on behalf of a node that was proven dead, that a VM has left it.</summary>
public sealed record ReleaseRecord
{
    /// <summary>UID of the VirtualMachine, which is its domain's UUID.</summary>
    [Required]
    public string Uid { get; set; } = "";

    /// <summary>Namespace of the VirtualMachine.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>Name of the VirtualMachine.</summary>
    public string Name { get; set; } = "";

    /// <summary>The binding that was taken back: a domain of this epoch or an older one is destroyed.</summary>
    public long Epoch { get; set; }

    /// <summary>The node.</summary>
    public string Node { get; set; } = "";

    /// <summary>The boot that was proven dead. In a later one, the domain's absence is proof that it is gone.</summary>
    public string? BootId { get; set; }
}
