using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Preflight;

/// <summary>What the CPU and its KVM module offer.</summary>
internal static class CpuConditions
{
    public static Condition Virtualization(HostFacts facts) =>
        facts.Kernel.CpuFlags().Overlaps(["vmx", "svm"])
            ? Condition.True(HypervisorConditions.VirtualizationSupported, ConditionReasons.Succeeded, "The CPU has virtualisation.")
            : Condition.False(
                HypervisorConditions.VirtualizationSupported,
                "NoCpuSupport",
                "The CPU shows neither vmx nor svm: switch on VT-x or AMD-V in the firmware; on a virtual machine, nested virtualisation where that runs.");

    public static Condition NestedPaging(HostFacts facts)
    {
        var (module, switchName) = facts.IsIntel ? ("kvm_intel", "ept") : ("kvm_amd", "npt");
        var flags = facts.Kernel.CpuFlags();
        return
            !flags.Contains(switchName) ? Condition.False(HypervisorConditions.NestedPagingEnabled, "NoCpuSupport", $"The CPU does not show {switchName}: guests run, several times slower.")
            : facts.Kernel.Parameter(module, switchName) == false ? Condition.False(
                HypervisorConditions.NestedPagingEnabled, "SwitchedOff", $"{switchName} is switched off: take {switchName}=0 for {module} out of /etc/modprobe.d and load the module again.")
            : facts.IsIntel && !flags.Contains("vpid") ? Condition.False(HypervisorConditions.NestedPagingEnabled, "NoVpid", "The CPU does not show vpid: its cache of addresses is emptied at each change between guest and host.")
            : Condition.True(HypervisorConditions.NestedPagingEnabled, ConditionReasons.Succeeded, "Page tables of guests are walked by the CPU.");
    }

    public static Condition NestedVirtualization(HostFacts facts)
    {
        var module = facts.IsIntel ? "kvm_intel" : "kvm_amd";
        return facts.Kernel.Parameter(module, "nested") == true
            ? Condition.True(HypervisorConditions.NestedVirtualization, ConditionReasons.Succeeded, "Guests can run guests of their own.")
            : Condition.False(
                HypervisorConditions.NestedVirtualization,
                "SwitchedOff",
                $"Guests cannot run guests of their own. Where they should: options {module} nested=1 in /etc/modprobe.d, and load the module again.");
    }
}
