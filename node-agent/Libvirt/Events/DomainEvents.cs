namespace Berth.Libvirt;

/// <summary>Something happened to a domain.</summary>
public abstract record DomainEvent(Guid Uuid, string Name) : LibvirtEvent;

/// <summary>A domain was defined, started, stopped and so on.</summary>
public sealed record DomainLifecycleEvent(Guid Uuid, string Name, DomainLifecycle Type, DomainLifecycleDetail Detail)
    : DomainEvent(Uuid, Name);

/// <summary>The guest rebooted itself; the domain kept running.</summary>
public sealed record DomainRebooted(Guid Uuid, string Name) : DomainEvent(Uuid, Name);

/// <summary>The guest agent's channel opened or closed.</summary>
public sealed record DomainAgentChanged(Guid Uuid, string Name, bool IsConnected) : DomainEvent(Uuid, Name);

/// <summary>A disk of the guest failed; <paramref name="Reason"/> is "enospc" when the storage is full, else mostly empty.</summary>
public sealed record DomainIOError(
    Guid Uuid, string Name, string Path, string DeviceAlias, DomainIOErrorAction Action, string Reason) : DomainEvent(Uuid, Name);

/// <summary>The guest's watchdog fired.</summary>
public sealed record DomainWatchdogFired(Guid Uuid, string Name, DomainWatchdogAction Action) : DomainEvent(Uuid, Name);

/// <summary>A device has been added to the running domain.</summary>
public sealed record DomainDeviceAdded(Guid Uuid, string Name, string DeviceAlias) : DomainEvent(Uuid, Name);

/// <summary>The guest has let go of a device: the end of a detach.</summary>
public sealed record DomainDeviceRemoved(Guid Uuid, string Name, string DeviceAlias) : DomainEvent(Uuid, Name);

/// <summary>The guest refused to let go of a device.</summary>
public sealed record DomainDeviceRemovalFailed(Guid Uuid, string Name, string DeviceAlias) : DomainEvent(Uuid, Name);

/// <summary>A block job on the disk with this target name changed its state.</summary>
public sealed record DomainBlockJobChanged(
    Guid Uuid, string Name, string Disk, DomainBlockJobType Type, DomainBlockJobStatus Status) : DomainEvent(Uuid, Name);

/// <summary>A job such as a migration, save or dump ended on this host.</summary>
public sealed record DomainJobCompleted(Guid Uuid, string Name, DomainJob Job) : DomainEvent(Uuid, Name);

/// <summary>A migration began another pass over the guest's memory.</summary>
public sealed record DomainMigrationIteration(Guid Uuid, string Name, int Iteration) : DomainEvent(Uuid, Name);

/// <summary>The domain's metadata was changed; <paramref name="Namespace"/> is empty for title and description.</summary>
public sealed record DomainMetadataChanged(Guid Uuid, string Name, string Namespace) : DomainEvent(Uuid, Name);
