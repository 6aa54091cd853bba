namespace Berth.Libvirt;

/// <summary>A network was defined, undefined, started or stopped.</summary>
public sealed record NetworkLifecycleEvent(Guid Uuid, string Name, NetworkLifecycle Type) : LibvirtEvent;

/// <summary>A storage pool was defined, undefined, started, stopped, built or deleted.</summary>
public sealed record StoragePoolLifecycleEvent(Guid Uuid, string Name, StoragePoolLifecycle Type) : LibvirtEvent;

/// <summary>A storage pool was refreshed: its volumes and figures may differ.</summary>
public sealed record StoragePoolRefreshed(Guid Uuid, string Name) : LibvirtEvent;

/// <summary>The kinds of network event.</summary>
public enum NetworkLifecycle
{
    Defined = 0,
    Undefined = 1,
    Started = 2,
    Stopped = 3,
}

/// <summary>The kinds of storage pool event.</summary>
public enum StoragePoolLifecycle
{
    Defined = 0,
    Undefined = 1,
    Started = 2,
    Stopped = 3,
    Created = 4,
    Deleted = 5,
}
