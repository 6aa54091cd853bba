using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A network interface of a VM.</summary>
public sealed record Interface
{
    /// <summary>Name of the interface in this VM.</summary>
    [Required]
    [Length(1, 63)]
    [Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Name { get; set; } = "";

    /// <summary>Name of the VirtualNetwork that it is connected to.</summary>
    [Required]
    [Length(1, 253)]
    public string Network { get; set; } = "";

    /// <summary>Model of the card: virtio (default), e1000e, e1000 or rtl8139.</summary>
    [AllowedValues("virtio", "e1000e", "e1000", "rtl8139")]
    public string? Model { get; set; }

    /// <summary>MAC address, such as 52:54:00:12:34:56. Without it one is derived from the VM's UID and the interface's name, and stays the same.</summary>
    [Pattern("^([0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5})?$")]
    public string? Mac { get; set; }
}
