using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Preflight;

/// <summary>What runs on the host, and how it is set up.</summary>
internal static class SystemConditions
{
    /// <summary>The oldest libvirt that Berth is tested with: Debian 12's.</summary>
    public static readonly Version OldestLibvirt = new(9, 0, 0);

    /// <summary>The oldest QEMU that Berth is tested with: Debian 12's.</summary>
    public static readonly Version OldestQemu = new(7, 2, 0);

    public static Condition? Versions(HostFacts facts)
    {
        if (facts.Versions is not { } versions)
        {
            return null;
        }

        var old = new[] { TooOld("libvirt", versions.Libvirt, OldestLibvirt), TooOld("QEMU", versions.Qemu, OldestQemu) }.OfType<string>().ToArray();
        return old is []
            ? Condition.True(HypervisorConditions.VersionsSupported, ConditionReasons.Succeeded, "libvirt and QEMU are of versions that Berth is tested with.")
            : Condition.False(HypervisorConditions.VersionsSupported, "OlderThanTested", $"{string.Join(' ', old)} Guests may run all the same; update the host.");
    }

    public static Condition? DiskLocking(HostFacts facts) => facts.LockManager switch
    {
        null => null,
        Host.QemuConfiguration.NoLockManager => Condition.False(
            HypervisorConditions.DiskLocking,
            "NoLockManager",
            "libvirt leases no disks: on shared storage, nothing on this node would keep two hosts from one disk but Berth. Set lock_manager = \"lockd\" in /etc/libvirt/qemu.conf, with virtlockd running, and start libvirtd again."),
        var manager => Condition.True(HypervisorConditions.DiskLocking, ConditionReasons.Succeeded, $"Disks are leased to one host at a time by {manager}."),
    };

    public static Condition? Clock(HostFacts facts) => facts.ClockIsSynchronized switch
    {
        null => null,
        true => Condition.True(HypervisorConditions.ClockSynchronized, ConditionReasons.Succeeded, "The clock follows a time source."),
        false => Condition.False(
            HypervisorConditions.ClockSynchronized,
            "NotSynchronized",
            "The kernel says that its clock follows no time source; guests have their time from it. Run chrony (with rtcsync) or systemd-timesyncd."),
    };

    public static Condition? MemoryReserved(HostFacts facts) => facts.ReservedByKubelet switch
    {
        null => null,
        var reserved when reserved >= facts.MemoryReserve => Condition.True(
            HypervisorConditions.MemoryReserved, ConditionReasons.Succeeded, "The kubelet keeps memory from pods for the host itself."),
        _ => Condition.False(
            HypervisorConditions.MemoryReserved,
            "NotReserved",
            $"The kubelet lets pods have memory that the host itself needs: set systemReserved and kubeReserved to {facts.MemoryReserve >> 20}Mi of memory at least, together; more with many guests."),
    };

    private static string? TooOld(string name, string? version, Version oldest) =>
        Version.TryParse(version, out var parsed) && parsed < oldest ? $"{name} is {version}, older than {oldest}." : null;
}
