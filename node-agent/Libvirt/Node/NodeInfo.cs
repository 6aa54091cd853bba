namespace Berth.Libvirt;

/// <summary>The host as libvirt sees it.</summary>
/// <param name="CpuModel">The CPU's architecture, such as "x86_64".</param>
/// <param name="MemoryKib">Not to be relied on for capacity: on some machines it counts only part. See <see cref="NodeMemory"/>.</param>
/// <param name="Cpus">Active CPUs.</param>
public sealed record NodeInfo(
    string CpuModel, ulong MemoryKib, int Cpus, int Mhz, int NumaNodes, int Sockets, int Cores, int Threads);

/// <summary>Memory of the host, or of one NUMA cell, in KiB; null where the host does not say.</summary>
public sealed record NodeMemory(ulong Total, ulong Free, ulong? Buffers, ulong? Cached);

/// <summary>The versions of what answers on a connection.</summary>
/// <param name="Daemon">libvirt's, on the other side of the connection.</param>
/// <param name="Library">libvirt's, in this process.</param>
/// <param name="Hypervisor">For example QEMU's; null where the driver cannot tell.</param>
public sealed record LibvirtVersions(Version Daemon, Version Library, Version? Hypervisor);
