using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>How much more memory than the guest's own a VM takes on its host. docs/berth-size.md explains each figure; a test keeps the two together.</summary>
public static class BerthOverhead
{
    /// <summary>One byte of page tables for so many bytes of guest memory: an entry of 8 bytes maps a page of 4 KiB.</summary>
    public const long GuestBytesPerPageTableByte = 512;

    /// <summary>QEMU itself: code, heap, device models, the I/O thread.</summary>
    public const long Process = 64 * Mebibyte;

    /// <summary>The cache of translated code where the node emulates. Scheduled for always: whether a node has KVM is not known before it is chosen.</summary>
    public const long TranslationCache = 32 * Mebibyte;

    /// <summary>A vCPU's thread, its state and, where the node emulates, its own translation tables.</summary>
    public const long PerVcpu = 8 * Mebibyte;

    /// <summary>A disk's queues, and its table cache: qcow2 keeps 1 MiB for each 8 GiB in use, 32 MiB at the most.</summary>
    public const long PerDisk = 8 * Mebibyte;

    /// <summary>An interface's queues and buffers.</summary>
    public const long PerInterface = 4 * Mebibyte;

    private const long Mebibyte = 1L << 20;

    /// <summary>The overhead of a VM with this spec, in bytes.</summary>
    public static long Of(VirtualMachineSpec spec) =>
        Of(GuestMemory(spec), (spec.Cpu ?? new Cpu()).Count())
        + ((spec.Disks?.Count ?? 0) * PerDisk)
        + ((spec.Interfaces?.Count ?? 0) * PerInterface);

    /// <summary>The overhead of a guest with this memory (in bytes) and number of vCPUs, its disks and interfaces apart; in bytes.</summary>
    public static long Of(long guestMemory, int vcpus) =>
        Process + TranslationCache + (vcpus * PerVcpu) + (guestMemory / GuestBytesPerPageTableByte);

    /// <summary>Guest memory and overhead in bytes.</summary>
    public static long Total(VirtualMachineSpec spec) => GuestMemory(spec) + Of(spec);

    /// <summary>Guest memory and overhead, rounded up to whole MiB.</summary>
    public static Quantity Memory(VirtualMachineSpec spec)
    {
        var bytes = Total(spec);
        return Quantity.FromBytes((bytes + Mebibyte - 1) / Mebibyte * Mebibyte);
    }

    /// <summary>The vCPUs' share of real CPUs: their number over the allocation ratio, at least a thousandth.</summary>
    public static Quantity Cpu(VirtualMachineSpec spec, double allocationRatio) =>
        Quantity.FromMilli(Math.Max(1, (long)Math.Ceiling((spec.Cpu ?? new Cpu()).Count() * 1000 / allocationRatio)));

    // A size beyond any host is refused by validation; here it must only not overflow.
    private static long GuestMemory(VirtualMachineSpec spec) => Math.Clamp(spec.Memory.Size.ToInt64(), 0, long.MaxValue / 4);
}
