using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>What a node's agent says about it. Written at most once per 30 s, except when a condition or an item's state changes.</summary>
public sealed record HypervisorStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status speaks of; -1 while nobody has looked at the object.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>The level of the API that the agent carries out.</summary>
    public int? ApiLevel { get; set; }

    /// <summary>The node's machine id.</summary>
    public string? MachineId { get; set; }

    /// <summary>Identifies the node's current boot.</summary>
    public string? BootId { get; set; }

    /// <summary>What runs guests: kvm, tcg (emulation) or none, and why.</summary>
    public AcceleratorStatus? Accelerator { get; set; }

    /// <summary>Versions of what the node runs.</summary>
    public HypervisorVersions? Versions { get; set; }

    /// <summary>What leases disks to one host at a time: lockd, sanlock or none, as the host's /etc/libvirt/qemu.conf says; absent where the agent cannot read it.</summary>
    public string? LockManager { get; set; }

    /// <summary>What the host has.</summary>
    public HypervisorCapacity? Capacity { get; set; }

    /// <summary>Counts of domains.</summary>
    public DomainCounts? Domains { get; set; }

    /// <summary>Storage pools on the node.</summary>
    [ListMapKeys("name")]
    public IList<NodePoolStatus>? Pools { get; set; }

    /// <summary>Copies of images on the node, at most 100; the rest is counted in omittedImages.</summary>
    [ListMapKeys("name", "pool")]
    public IList<NodeImageStatus>? Images { get; set; }

    /// <summary>How many copies of images are left out of the list.</summary>
    public int? OmittedImages { get; set; }

    /// <summary>Virtual networks on the node.</summary>
    [ListMapKeys("name")]
    public IList<NodeNetworkStatus>? Networks { get; set; }

    /// <summary>Domains of this cluster whose VirtualMachine is not found: left alone until a person says otherwise. At most 20.</summary>
    public IList<DomainReference>? Orphans { get; set; }

    /// <summary>Domains that Berth did not make: never touched. At most 20.</summary>
    public IList<DomainReference>? Unmanaged { get; set; }

    /// <summary>VMs that the operator has released on behalf of the node while it was proven dead. The node's agent destroys what it still finds of them. Added by the operator, taken out by the agent.</summary>
    [ListMapKeys("uid")]
    public IList<ReleaseRecord>? Releases { get; set; }

    /// <summary>Conditions: Ready, Reconciling, Stalled, LibvirtAvailable, AcceleratorAvailable, OrphanDomains, Dead, FenceContradicted, MemoryOvercommitted, GuestsProtected; and how the node is set up: VirtualizationSupported, NestedPagingEnabled, NestedVirtualization, ModulesLoaded, IommuEnabled, ControlGroupsUnified, AsynchronousIoSufficient, HugePagesReserved, SamePageMerging, VersionsSupported, DiskLocking, ClockSynchronized, MemoryReserved. Where one of these is False its message says what to do; VMs are kept away by Ready alone.</summary>
    [ListMapKeys("type")]
    public IList<Condition>? Conditions { get; set; }
}

/// <summary>What runs guests on a node.</summary>
public sealed record AcceleratorStatus
{
    /// <summary>kvm, tcg or none.</summary>
    public string Type { get; set; } = "";

    /// <summary>Why, for people.</summary>
    public string? Reason { get; set; }
}

/// <summary>Versions of what a node runs.</summary>
public sealed record HypervisorVersions
{
    /// <summary>The node agent.</summary>
    public string? Agent { get; set; }

    /// <summary>libvirt's daemon.</summary>
    public string? Libvirt { get; set; }

    /// <summary>QEMU.</summary>
    public string? Qemu { get; set; }

    /// <summary>The kernel.</summary>
    public string? Kernel { get; set; }
}

/// <summary>What a host has.</summary>
public sealed record HypervisorCapacity
{
    /// <summary>Logical CPUs.</summary>
    public int? Cpus { get; set; }

    /// <summary>Memory.</summary>
    public Quantity? Memory { get; set; }
}

/// <summary>Counts of domains on a node.</summary>
public sealed record DomainCounts
{
    /// <summary>Running domains of VirtualMachines.</summary>
    public int Running { get; set; }

    /// <summary>All domains of VirtualMachines.</summary>
    public int Total { get; set; }

    /// <summary>Domains whose VirtualMachine is not found.</summary>
    public int Orphans { get; set; }

    /// <summary>Domains that Berth did not make.</summary>
    public int Unmanaged { get; set; }
}

/// <summary>A storage pool on a node.</summary>
public sealed record NodePoolStatus
{
    /// <summary>Name of the StoragePool.</summary>
    public string Name { get; set; } = "";

    /// <summary>UID of the StoragePool.</summary>
    public string? Uid { get; set; }

    /// <summary>True when volumes can be made and used.</summary>
    public bool Available { get; set; }

    /// <summary>A CamelCase word for programs.</summary>
    public string Reason { get; set; } = "";

    /// <summary>A sentence for people.</summary>
    public string? Message { get; set; }

    /// <summary>Size of the pool, as last known; absent as long as it was never built on the node.</summary>
    public Quantity? Capacity { get; set; }

    /// <summary>Free space in the pool.</summary>
    public Quantity? Free { get; set; }
}

/// <summary>A copy of an image on a node.</summary>
public sealed record NodeImageStatus
{
    /// <summary>Name of the Image.</summary>
    public string Name { get; set; } = "";

    /// <summary>Name of the StoragePool that has the copy.</summary>
    public string Pool { get; set; } = "";

    /// <summary>UID of the Image.</summary>
    public string? Uid { get; set; }

    /// <summary>Available, Downloading or Failed.</summary>
    public string State { get; set; } = "";

    /// <summary>A CamelCase word for programs.</summary>
    public string Reason { get; set; } = "";

    /// <summary>A sentence for people.</summary>
    public string? Message { get; set; }

    /// <summary>Digest of the content, sha256: and hexadecimal.</summary>
    public string? Digest { get; set; }

    /// <summary>qcow2 or raw.</summary>
    public string? Format { get; set; }

    /// <summary>Size of the file.</summary>
    public Quantity? Size { get; set; }

    /// <summary>Size of the disk in the image.</summary>
    public Quantity? VirtualSize { get; set; }
}

/// <summary>Values of a copy's <c>state</c>.</summary>
public static class NodeImageStates
{
    public const string Available = "Available";
    public const string Downloading = "Downloading";
    public const string Failed = "Failed";
}

/// <summary>A virtual network on a node.</summary>
public sealed record NodeNetworkStatus
{
    /// <summary>Name of the VirtualNetwork.</summary>
    public string Name { get; set; } = "";

    /// <summary>True when VMs can be connected to it.</summary>
    public bool Available { get; set; }

    /// <summary>A CamelCase word for programs.</summary>
    public string Reason { get; set; } = "";

    /// <summary>A sentence for people.</summary>
    public string? Message { get; set; }

    /// <summary>The bridge.</summary>
    public string? Bridge { get; set; }
}

/// <summary>Names a domain on a node.</summary>
public sealed record DomainReference
{
    /// <summary>UUID of the domain.</summary>
    public string Uuid { get; set; } = "";

    /// <summary>Name of the domain in libvirt.</summary>
    public string Name { get; set; } = "";

    /// <summary>State of the domain.</summary>
    public string? State { get; set; }
}

/// <summary>Condition types of a Hypervisor beyond those that every kind has.</summary>
public static class HypervisorConditions
{
    /// <summary>True: libvirt answers. False: it does not; what its guests do is unknown.</summary>
    public const string LibvirtAvailable = "LibvirtAvailable";

    /// <summary>True: guests can run, by KVM or by emulation that was asked for. False: neither; the message says why.</summary>
    public const string AcceleratorAvailable = "AcceleratorAvailable";

    /// <summary>Present and True while there are domains of this cluster whose VirtualMachine is not found.</summary>
    public const string OrphanDomains = "OrphanDomains";

    /// <summary>Present and True while the node is proven dead; the reason says by what. Written by the operator.</summary>
    public const string Dead = "Dead";

    /// <summary>Present and True while spec.fenced declares a boot off whose agent is heard, or another boot than the node last reported: nothing is done on that fence. Written by the operator.</summary>
    public const string FenceContradicted = "FenceContradicted";

    /// <summary>Present and True while running guests may come to take more memory than the node has left: their memory and QEMU's overhead, less what they have taken, over what is available.</summary>
    public const string MemoryOvercommitted = "MemoryOvercommitted";

    /// <summary>True: guests run in a control group of their own, the kernel takes their memory last, and its out-of-memory killer spares them. False: the message says what of it the host does not allow; guests run all the same.</summary>
    public const string GuestsProtected = "GuestsProtected";

    /// <summary>True: the CPU has VT-x or AMD-V. Absent, with the next two, where emulation was asked for.</summary>
    public const string VirtualizationSupported = "VirtualizationSupported";

    /// <summary>True: the CPU walks page tables of guests (EPT and VPID, or NPT).</summary>
    public const string NestedPagingEnabled = "NestedPagingEnabled";

    /// <summary>True: guests can run guests of their own.</summary>
    public const string NestedVirtualization = "NestedVirtualization";

    /// <summary>True: the kernel has kvm, vhost-net and tun.</summary>
    public const string ModulesLoaded = "ModulesLoaded";

    /// <summary>True: devices are in IOMMU groups, so that they can be given to guests.</summary>
    public const string IommuEnabled = "IommuEnabled";

    /// <summary>True: control groups are of version 2.</summary>
    public const string ControlGroupsUnified = "ControlGroupsUnified";

    /// <summary>True: the kernel's limit of asynchronous I/O (fs.aio-max-nr) suffices for as many guests as the node takes pods.</summary>
    public const string AsynchronousIoSufficient = "AsynchronousIoSufficient";

    /// <summary>True: the kernel holds huge pages ready.</summary>
    public const string HugePagesReserved = "HugePagesReserved";

    /// <summary>True: the kernel merges pages of equal content (KSM).</summary>
    public const string SamePageMerging = "SamePageMerging";

    /// <summary>True: libvirt and QEMU are no older than what Berth is tested with.</summary>
    public const string VersionsSupported = "VersionsSupported";

    /// <summary>True: libvirt leases disks to one host at a time. Absent where the agent cannot read how libvirt is set up.</summary>
    public const string DiskLocking = "DiskLocking";

    /// <summary>True: the host's clock follows a time source.</summary>
    public const string ClockSynchronized = "ClockSynchronized";

    /// <summary>True: the kubelet keeps as much memory from pods as the agent keeps from guests (--memory-reserve).</summary>
    public const string MemoryReserved = "MemoryReserved";

    /// <summary>Those of how the node is set up, by its agent.</summary>
    public static IReadOnlyList<string> Setup { get; } =
    [
        VirtualizationSupported, NestedPagingEnabled, NestedVirtualization, ModulesLoaded, IommuEnabled, ControlGroupsUnified,
        AsynchronousIoSufficient, HugePagesReserved, SamePageMerging, VersionsSupported, DiskLocking, ClockSynchronized, MemoryReserved,
    ];
}

/// <summary>Reasons of the condition Dead.</summary>
public static class NodeDeathReasons
{
    /// <summary>The Node carries the taint node.kubernetes.io/out-of-service, and its agent is silent.</summary>
    public const string OutOfService = "OutOfService";

    /// <summary>spec.fenced names the boot that the node last reported, and its agent is silent.</summary>
    public const string Fenced = "Fenced";
}
