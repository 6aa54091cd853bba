using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A virtual machine as it is.</summary>
public sealed record VirtualMachineStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status speaks of; -1 while nobody has looked at the VM.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>What the VM is doing, in one word for people; programs read the conditions.</summary>
    public string? State { get; set; }

    /// <summary>The node that the VM is given to. Written by the operator.</summary>
    public Binding? Binding { get; set; }

    /// <summary>The node agent's word that no domain of this VM exists on its node and none will start at or below this epoch.</summary>
    public long? ReleasedEpoch { get; set; }

    /// <summary>The node where the domain is.</summary>
    public string? NodeName { get; set; }

    /// <summary>When the domain was last started.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>The value of spec.restartedAt that was last carried out.</summary>
    public DateTimeOffset? RestartedAt { get; set; }

    /// <summary>How often restartPolicy has started the guest again since the VM was last given to a node.</summary>
    public int? Restarts { get; set; }

    /// <summary>How the guest ended when it stopped by itself and restartPolicy leaves it so.</summary>
    public Completion? Completion { get; set; }

    /// <summary>The libvirt domain.</summary>
    public DomainStatus? Domain { get; set; }

    /// <summary>Network interfaces and their addresses.</summary>
    [ListMapKeys("name")]
    public IList<InterfaceStatus>? Interfaces { get; set; }

    /// <summary>The VM's disks and the volumes behind them.</summary>
    [ListMapKeys("name")]
    public IList<DiskStatus>? Volumes { get; set; }

    /// <summary>Nodes that would not take the VM, and until when they are avoided.</summary>
    [ListMapKeys("node")]
    public IList<PlacementRefusal>? PlacementRefusals { get; set; }

    /// <summary>Conditions: Ready, Reconciling, Stalled, Scheduled, StorageReady, NetworkReady, RestartRequired, LiveMigratable, UnknownFields, PlaceLost.</summary>
    [ListMapKeys("type")]
    public IList<Condition>? Conditions { get; set; }
}

/// <summary>The end of a guest that stopped by itself and stays stopped.</summary>
public sealed record Completion
{
    /// <summary>When it ended.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Shutdown (the guest switched itself off) or Crashed.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The value of spec.restartedAt at that time; another value starts the VM again.</summary>
    public DateTimeOffset? RestartedAt { get; set; }
}

/// <summary>Values of a completion's <c>reason</c>.</summary>
public static class CompletionReasons
{
    /// <summary>The guest switched itself off.</summary>
    public const string Shutdown = "Shutdown";

    /// <summary>The guest crashed.</summary>
    public const string Crashed = "Crashed";
}

/// <summary>A libvirt domain.</summary>
public sealed record DomainStatus
{
    /// <summary>UUID of the domain: the VM's UID.</summary>
    public string Uuid { get; set; } = "";

    /// <summary>Number of the running domain on its node.</summary>
    public int? Id { get; set; }

    /// <summary>Machine type, chosen when the VM first ran and kept.</summary>
    public string? MachineType { get; set; }

    /// <summary>kvm, or tcg where the node emulates.</summary>
    public string? Accelerator { get; set; }

    /// <summary>The CPU model that the guest has.</summary>
    public string? CpuModel { get; set; }
}

/// <summary>An interface as the node sees it.</summary>
public sealed record InterfaceStatus
{
    /// <summary>Name of the interface in the VM's spec.</summary>
    public string Name { get; set; } = "";

    /// <summary>MAC address.</summary>
    public string? Mac { get; set; }

    /// <summary>Addresses, without prefix length.</summary>
    public IList<string>? Ips { get; set; }
}

/// <summary>A disk and the volume behind it.</summary>
public sealed record DiskStatus
{
    /// <summary>Name of the disk in the VM's spec.</summary>
    public string Name { get; set; } = "";

    /// <summary>Name of the StorageVolume, for a disk that has one.</summary>
    public string? Volume { get; set; }

    /// <summary>Name of the device in the domain, such as vda.</summary>
    public string? Target { get; set; }
}

/// <summary>A node that would not take the VM.</summary>
public sealed record PlacementRefusal
{
    /// <summary>The node.</summary>
    public string Node { get; set; } = "";

    /// <summary>Why it would not, in a sentence for people.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Until when the node is avoided.</summary>
    public DateTimeOffset Until { get; set; }
}
