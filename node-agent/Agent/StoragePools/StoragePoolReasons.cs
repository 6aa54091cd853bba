namespace Berth.NodeAgent.StoragePools;

/// <summary>Reasons of a pool's state on a node, beyond those that every kind shares.</summary>
internal static class StoragePoolReasons
{
    /// <summary>Volumes can be made and used.</summary>
    public const string Available = "Available";

    /// <summary>The folder was a pool once, or holds other files, and has no marker: a file system may be missing. Nothing in it is touched.</summary>
    public const string MarkerMissing = "MarkerMissing";

    /// <summary>The folder's marker names another pool, cluster or machine. Nothing in it is touched.</summary>
    public const string MarkerForeign = "MarkerForeign";

    /// <summary>libvirt has a pool of this name that is not this one. It is left alone.</summary>
    public const string NameTaken = "NameTaken";

    /// <summary>The StoragePool is gone, or no longer meant for this node, and something of ours is still in it. Nothing new is made there.</summary>
    public const string InUse = "InUse";

    /// <summary>libvirt refused; the message is its own.</summary>
    public const string LibvirtFailed = "LibvirtFailed";

    /// <summary>libvirt does not answer.</summary>
    public const string LibvirtUnavailable = "LibvirtUnavailable";

    /// <summary>The folder cannot be made or read; the message is the system's.</summary>
    public const string FolderFailed = "FolderFailed";
}
