namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>Reasons of a network's state on a node, beyond those that every kind shares.</summary>
internal static class NetworkReasons
{
    /// <summary>VMs can be connected.</summary>
    public const string Available = "Available";

    /// <summary>The network is up as it was; what has changed in the spec waits until no domain on the node is connected to it.</summary>
    public const string NeedsRestart = "NeedsRestart";

    /// <summary>libvirt has a network of this name that is not this one. It is left alone.</summary>
    public const string NameTaken = "NameTaken";

    /// <summary>The VirtualNetwork is gone, or no longer meant for this node, and a domain is still connected to it. No other is newly connected.</summary>
    public const string InUse = "InUse";

    /// <summary>libvirt refused, for one because the host has a route to the subnet already; the message is its own.</summary>
    public const string LibvirtFailed = "LibvirtFailed";

    /// <summary>libvirt does not answer.</summary>
    public const string LibvirtUnavailable = "LibvirtUnavailable";
}
