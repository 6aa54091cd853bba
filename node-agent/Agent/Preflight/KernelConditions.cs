using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Preflight;

/// <summary>How the host's kernel is set up.</summary>
internal static class KernelConditions
{
    // KVM itself, the host's side of virtio-net, and tap devices.
    private static readonly string[] s_needed = ["kvm", "vhost-net", "tun"];

    // QEMU sets up a context of so many requests (MAX_EVENTS in its block/linux-aio.c) for all disks of a guest.
    private const long RequestsOfGuest = 1024;

    // What libvirt's packages write to /usr/lib/sysctl.d/60-libvirtd.conf.
    private const long SoundLimit = 1048576;

    public static Condition Modules(HostFacts facts)
    {
        // Emulation goes without KVM.
        var missing = s_needed.Where(name => (facts.WantsKvm || name != "kvm") && !facts.Kernel.HasDriver(name)).ToArray();
        return missing is []
            ? Condition.True(HypervisorConditions.ModulesLoaded, ConditionReasons.Succeeded, "The kernel has what guests need.")
            : Condition.False(
                HypervisorConditions.ModulesLoaded,
                "NotLoaded",
                $"Not loaded: {string.Join(", ", missing)}. Load them by modprobe, and name them in /etc/modules-load.d for the next boot. Without vhost-net networks are slower, without tun there are none.");
    }

    public static Condition Iommu(HostFacts facts) => facts.Kernel.HasIommu()
        ? Condition.True(HypervisorConditions.IommuEnabled, ConditionReasons.Succeeded, "Devices are in IOMMU groups and can be given to guests.")
        : Condition.False(
            HypervisorConditions.IommuEnabled,
            "NoGroups",
            "No device can be given to a guest. Where one should: switch on VT-d or AMD-Vi in the firmware, and boot with intel_iommu=on.");

    public static Condition ControlGroups(HostFacts facts) => facts.CgroupVersion == 2
        ? Condition.True(HypervisorConditions.ControlGroupsUnified, ConditionReasons.Succeeded, "Control groups are of version 2.")
        : Condition.False(
            HypervisorConditions.ControlGroupsUnified,
            "OldVersion",
            "Control groups are not of version 2, so the memory of guests is not protected from what else runs on the node: boot with systemd.unified_cgroup_hierarchy=1.");

    public static Condition? AsynchronousIo(HostFacts facts) => (facts.Kernel.AsynchronousIoLimit(), facts.MostPods) switch
    {
        (null, _) or (_, null) => null,
        var (limit, pods) when limit / RequestsOfGuest >= pods => Condition.True(
            HypervisorConditions.AsynchronousIoSufficient, ConditionReasons.Succeeded, "Asynchronous I/O suffices for as many guests as the node takes pods."),
        var (limit, pods) => Condition.False(
            HypervisorConditions.AsynchronousIoSufficient,
            "LimitTooLow",
            $"fs.aio-max-nr is {limit}, enough for {limit / RequestsOfGuest} guests with disks where the node takes {pods} pods; the next does not start. Write fs.aio-max-nr = {SoundLimit} to a file in /etc/sysctl.d, and run sysctl --system."),
    };

    public static Condition HugePages(HostFacts facts)
    {
        var reserved = facts.Pages.HugePages().Where(pages => pages.Total > 0).OrderBy(pages => pages.Size).Select(pages => $"{pages.Total} of {Size(pages.Size >> 10)}").ToArray();
        return reserved is []
            ? Condition.False(
                HypervisorConditions.HugePagesReserved,
                "None",
                "No huge pages are reserved. Where VMs should have them: vm.nr_hugepages in /etc/sysctl.d, or hugepages= at boot for those of 1Gi, and start the kubelet again.")
            : Condition.True(HypervisorConditions.HugePagesReserved, ConditionReasons.Succeeded, $"Reserved: {string.Join(", ", reserved)}.");
    }

    public static Condition SamePageMerging(HostFacts facts) => facts.Pages.IsMerging()
        ? Condition.True(
            HypervisorConditions.SamePageMerging,
            "Running",
            "Pages of equal content are merged (KSM): that saves memory, and lets a guest find out by timing what others have. Where tenants do not trust each other: write 2 to /sys/kernel/mm/ksm/run.")
        : Condition.False(HypervisorConditions.SamePageMerging, "Stopped", "Pages of equal content are not merged (KSM).");

    private static string Size(long kib) => kib >= 1 << 20 ? $"{kib >> 20}Gi" : kib >= 1 << 10 ? $"{kib >> 10}Mi" : $"{kib}Ki";
}
