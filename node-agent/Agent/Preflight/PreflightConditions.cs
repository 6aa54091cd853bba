using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Preflight;

/// <summary>What is to be said about a node before a VM runs on it: a condition for each property, with what to do about it.</summary>
/// <remarks>None of them keeps VMs away: that is what <see cref="ConditionTypes.Ready"/> says, by what libvirt and the accelerator really do.</remarks>
internal static class PreflightConditions
{
    /// <summary>A condition for all that is known; where emulation was asked for, none about KVM.</summary>
    public static IEnumerable<Condition> Of(HostFacts facts)
    {
        Condition?[] cpu = facts.WantsKvm ? [CpuConditions.Virtualization(facts), CpuConditions.NestedPaging(facts), CpuConditions.NestedVirtualization(facts)] : [];
        Condition?[] kernel =
        [
            KernelConditions.Modules(facts), KernelConditions.Iommu(facts), KernelConditions.ControlGroups(facts),
            KernelConditions.AsynchronousIo(facts), KernelConditions.HugePages(facts), KernelConditions.SamePageMerging(facts),
        ];
        Condition?[] system = [SystemConditions.Versions(facts), SystemConditions.DiskLocking(facts), SystemConditions.Clock(facts), SystemConditions.MemoryReserved(facts)];
        return cpu.Concat(kernel).Concat(system).OfType<Condition>();
    }
}
