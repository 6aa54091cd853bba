using Berth.NodeAgent.Host;

namespace Berth.NodeAgent.Preflight;

/// <summary>What of a node decides how well it runs guests: what <c>virt-host-validate</c> and <c>kvm-ok</c> look at, and what Berth itself builds on.</summary>
internal sealed record HostFacts
{
    /// <summary>True where guests are to run by KVM: where emulation was asked for, the CPU is nobody's business.</summary>
    public required bool WantsKvm { get; init; }

    /// <summary>How the kernel is set up.</summary>
    public required KernelFiles Kernel { get; init; }

    /// <summary>How the kernel deals with pages.</summary>
    public required HostPages Pages { get; init; }

    /// <summary>True when the CPU is Intel's.</summary>
    public required bool IsIntel { get; init; }

    /// <summary>2, 1, or 0 where no control groups are to be seen.</summary>
    public required int CgroupVersion { get; init; }

    /// <summary>lockd, sanlock or none; null where the agent cannot see how the host's libvirt is set up.</summary>
    public required string? LockManager { get; init; }

    /// <summary>Versions of libvirt and QEMU; null while libvirt does not answer.</summary>
    public required (string Libvirt, string? Qemu)? Versions { get; init; }

    /// <summary>Whether the kernel's clock follows a time source; null where the kernel does not say.</summary>
    public required bool? ClockIsSynchronized { get; init; }

    /// <summary>Memory in bytes that the kubelet keeps from pods; null while the node's status is not known.</summary>
    public required long? ReservedByKubelet { get; init; }

    /// <summary>How many pods the kubelet takes, and so how many berths; null while the node's status is not known.</summary>
    public required long? MostPods { get; init; }

    /// <summary>Memory in bytes that Berth starts no guest into.</summary>
    public required long MemoryReserve { get; init; }
}
