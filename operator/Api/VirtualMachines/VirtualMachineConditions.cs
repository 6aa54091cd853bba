namespace Berth.Api;

/// <summary>Condition types of a VirtualMachine beyond those that every kind has, with their polarity.</summary>
public static class VirtualMachineConditions
{
    /// <summary>True: the VM is bound to a node. False: kube-scheduler has found none (the message is the scheduler's), or nothing has to be bound. Written by the operator.</summary>
    public const string Scheduled = "Scheduled";

    /// <summary>True: all disks are there. False: one is missing, being made or failed. Written by the bound node's agent.</summary>
    public const string StorageReady = "StorageReady";

    /// <summary>True: all networks are up on the node. False: one is not. Written by the bound node's agent.</summary>
    public const string NetworkReady = "NetworkReady";

    /// <summary>Present and True when the running guest differs from the spec in what only a restart can change; the message lists it.</summary>
    public const string RestartRequired = "RestartRequired";

    /// <summary>True: the running guest could be moved live. False: the message says what stands against it.</summary>
    public const string LiveMigratable = "LiveMigratable";

    /// <summary>Present and True while the spec has fields that the part of Berth which speaks for the VM does not know; the message names them. A running guest goes on; it is not started again before they are understood or gone.</summary>
    public const string UnknownFields = "UnknownFields";

    /// <summary>Present and True while the VM runs and its berth is not bound. Written by the operator; the guest is not touched.</summary>
    public const string PlaceLost = "PlaceLost";
}

/// <summary>Reasons of a VirtualMachine's conditions.</summary>
public static class VirtualMachineReasons
{
    /// <summary>The guest runs as asked.</summary>
    public const string Running = "Running";

    /// <summary>The guest is stopped as asked.</summary>
    public const string Stopped = "Stopped";

    /// <summary>The guest stopped by itself and restartPolicy leaves it so.</summary>
    public const string Completed = "Completed";

    /// <summary>The guest crashed and restartPolicy leaves it so.</summary>
    public const string GuestCrashed = "GuestCrashed";

    /// <summary>The guest keeps stopping; the next start waits for its back-off.</summary>
    public const string RestartBackOff = "RestartBackOff";

    /// <summary>The guest has been asked to shut down.</summary>
    public const string ShuttingDown = "ShuttingDown";

    /// <summary>The domain is being started.</summary>
    public const string Starting = "Starting";

    /// <summary>The berth waits for kube-scheduler.</summary>
    public const string WaitingForScheduler = "WaitingForScheduler";

    /// <summary>kube-scheduler found no node; the message is its own.</summary>
    public const string Unschedulable = "Unschedulable";

    /// <summary>The VM is bound and waits for the node's agent.</summary>
    public const string Bound = "Bound";

    /// <summary>The VM waits for its former node to say that nothing of it is left there.</summary>
    public const string AwaitingRelease = "AwaitingRelease";

    /// <summary>A volume is not ready.</summary>
    public const string VolumeNotReady = "VolumeNotReady";

    /// <summary>A storage pool is not available on the node.</summary>
    public const string StoragePoolNotReady = "StoragePoolNotReady";

    /// <summary>An image is being fetched.</summary>
    public const string ImageNotReady = "ImageNotReady";

    /// <summary>An image could not be fetched; the message says why.</summary>
    public const string ImageFailed = "ImageFailed";

    /// <summary>A network is not up on the node.</summary>
    public const string NetworkNotReady = "NetworkNotReady";

    /// <summary>The operator, which reads Secrets for the node, does not answer; a VM that needs one is not started.</summary>
    public const string OperatorUnavailable = "OperatorUnavailable";

    /// <summary>libvirt refused to start the domain; the message is libvirt's.</summary>
    public const string StartFailed = "StartFailed";

    /// <summary>The node's own disk has no space for what the guest starts with, such as its cloud-init seed; it is tried again.</summary>
    public const string InsufficientSpace = "InsufficientSpace";

    /// <summary>The node cannot take the VM; the message says why, and the VM goes elsewhere.</summary>
    public const string PlacementRefused = "PlacementRefused";

    /// <summary>The domain on the node has an epoch above the VM's binding, or one that no release leads from to it: nothing is touched until a person has looked.</summary>
    public const string EpochAnomaly = "EpochAnomaly";

    /// <summary>The binding names another place than the one that the VM's berth holds: somebody other than Berth has written it, and nothing is moved until a person has looked.</summary>
    public const string BindingInDoubt = "BindingInDoubt";

    /// <summary>A domain that is not this VM's has its name or UUID on the node; it is never touched.</summary>
    public const string DomainNameTaken = "DomainNameTaken";

    /// <summary>libvirt on the node does not answer; what the guest does is not known.</summary>
    public const string LibvirtUnavailable = "LibvirtUnavailable";

    /// <summary>The guest's execution is paused, by a failure of its storage or by a person.</summary>
    public const string GuestPaused = "GuestPaused";

    /// <summary>The guest is paused because the storage below one of its disks is full; it goes on by itself when there is room.</summary>
    public const string NoSpace = "NoSpace";

    /// <summary>The bound node's heartbeat is stale; what the guest does is not known.</summary>
    public const string NodeUnreachable = "NodeUnreachable";

    /// <summary>The bound node is proven dead and the VM was released on its behalf.</summary>
    public const string NodeDead = "NodeDead";

    /// <summary>The VM has left its node and holds nothing there.</summary>
    public const string Released = "Released";

    /// <summary>The spec differs from the running guest in what only a restart can change.</summary>
    public const string SpecChanged = "SpecChanged";
}

/// <summary>Values of <c>status.state</c>.</summary>
public static class VirtualMachineStates
{
    public const string Pending = "Pending";
    public const string Scheduled = "Scheduled";
    public const string Starting = "Starting";
    public const string Running = "Running";
    public const string Paused = "Paused";
    public const string Saved = "Saved";
    public const string Migrating = "Migrating";
    public const string Stopping = "Stopping";
    public const string Stopped = "Stopped";
    public const string Crashed = "Crashed";
    public const string Unknown = "Unknown";
}
