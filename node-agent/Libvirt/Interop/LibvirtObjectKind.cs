namespace Berth.Libvirt;

/// <summary>The libvirt objects that this library can hold references on.</summary>
public enum LibvirtObjectKind
{
    Connection,
    Domain,
    StoragePool,
    StorageVolume,
    Network,
    Stream,
    Secret,

    /// <summary>A callback that libvirt holds and may still call.</summary>
    Callback,
}
