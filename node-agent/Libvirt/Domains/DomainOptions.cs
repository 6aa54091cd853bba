namespace Berth.Libvirt;

/// <summary>How a domain is started.</summary>
[Flags]
public enum DomainStartOptions
{
    None = 0,

    /// <summary>The guest does not run before it is resumed.</summary>
    Paused = 1 << 0,

    /// <summary>A managed-save image is dropped and the guest boots.</summary>
    ForceBoot = 1 << 3,

    /// <summary>The XML is checked against libvirt's schema first.</summary>
    Validate = 1 << 4,

    /// <summary>The firmware's variables begin from their template again.</summary>
    ResetNvram = 1 << 5,
}

/// <summary>What goes with a definition when it is removed; libvirt refuses to remove one that has any of these unsaid.</summary>
[Flags]
public enum DomainUndefineOptions
{
    None = 0,
    RemoveManagedSave = 1 << 0,
    RemoveSnapshotsMetadata = 1 << 1,
    RemoveNvram = 1 << 2,
    KeepNvram = 1 << 3,
    RemoveCheckpointsMetadata = 1 << 4,

    /// <summary>Removes the TPM's state; needs libvirt 8.9.</summary>
    RemoveTpm = 1 << 5,

    /// <summary>Keeps the TPM's state; needs libvirt 8.9.</summary>
    KeepTpm = 1 << 6,
}

/// <summary>How a guest is asked to power off or reboot; several mean: in the hypervisor's own order until one is accepted.</summary>
[Flags]
public enum DomainShutdownMode
{
    /// <summary>Whatever the hypervisor thinks best.</summary>
    Default = 0,
    AcpiPowerButton = 1 << 0,
    GuestAgent = 1 << 1,
}

/// <summary>Which form of the domain's XML is wanted.</summary>
[Flags]
public enum DomainXmlOptions
{
    /// <summary>As it runs; as defined when it is off.</summary>
    None = 0,

    /// <summary>With passwords and the like.</summary>
    Secure = 1 << 0,

    /// <summary>As it will be after the next start.</summary>
    Inactive = 1 << 1,

    /// <summary>As another host can take it.</summary>
    Migratable = 1 << 3,
}

/// <summary>Whether a change is made to the running guest, to the definition, or to both.</summary>
[Flags]
public enum DomainImpact
{
    /// <summary>The running guest if there is one, else the definition.</summary>
    Current = 0,
    Live = 1 << 0,
    Config = 1 << 1,
}

/// <summary>How a guest goes on after restore.</summary>
public enum DomainRestoreState
{
    /// <summary>As it was when saved.</summary>
    AsSaved = 0,
    Running = 1 << 1,
    Paused = 1 << 2,
}

/// <summary>Where the addresses of a guest's interfaces come from.</summary>
public enum InterfaceAddressSource
{
    /// <summary>Leases of libvirt's own DHCP servers.</summary>
    Lease = 0,

    /// <summary>The guest agent: sees everything, needs the agent.</summary>
    Agent = 1,

    /// <summary>The host's ARP table.</summary>
    Arp = 2,
}
