using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Preflight;

namespace Berth.NodeAgent.Tests.Preflight;

public sealed class PreflightTests : IDisposable
{
    private const long Reserve = 256L << 20;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_node_made_ready_has_nothing_to_do()
    {
        Sound();
        var conditions = PreflightConditions.Of(Facts()).ToList();
        Assert.Equal(HypervisorConditions.Setup, conditions.Select(condition => condition.Type));
        Assert.All(conditions.Where(condition => condition.Type != HypervisorConditions.SamePageMerging), condition => Assert.Equal(ConditionStatus.True, condition.Status));
        Assert.Equal(ConditionStatus.False, conditions.Single(condition => condition.Type == HypervisorConditions.SamePageMerging).Status);
    }

    [Theory]
    [InlineData("proc/cpuinfo", "vendor_id : GenuineIntel\nflags : fpu ept vpid\n", HypervisorConditions.VirtualizationSupported, "firmware")]
    [InlineData("proc/cpuinfo", "vendor_id : GenuineIntel\nflags : fpu vmx vpid\n", HypervisorConditions.NestedPagingEnabled, "ept")]
    [InlineData("proc/cpuinfo", "vendor_id : GenuineIntel\nflags : fpu vmx ept\n", HypervisorConditions.NestedPagingEnabled, "vpid")]
    [InlineData("sys/module/kvm_intel/parameters/ept", "N\n", HypervisorConditions.NestedPagingEnabled, "take ept=0 for kvm_intel out")]
    [InlineData("sys/module/kvm_intel/parameters/nested", "N\n", HypervisorConditions.NestedVirtualization, "options kvm_intel nested=1")]
    [InlineData("proc/sys/fs/aio-max-nr", "65536\n", HypervisorConditions.AsynchronousIoSufficient, "enough for 64 guests with disks where the node takes 110 pods")]
    [InlineData("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n", HypervisorConditions.HugePagesReserved, "vm.nr_hugepages")]
    public void What_is_not_as_it_should_be_is_told_with_what_to_do(string file, string text, string type, string advice)
    {
        Sound();
        _folder.Write(file, text);
        var condition = Condition(Facts(), type);
        Assert.Equal(ConditionStatus.False, condition.Status);
        Assert.Contains(advice, condition.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sys/class/misc/tun", HypervisorConditions.ModulesLoaded, "Not loaded: tun.")]
    [InlineData("sys/module/vhost_net", HypervisorConditions.ModulesLoaded, "Not loaded: vhost-net.")]
    [InlineData("sys/kernel/iommu_groups", HypervisorConditions.IommuEnabled, "intel_iommu=on")]
    public void What_is_not_there_is_told_with_what_to_do(string folder, string type, string advice)
    {
        Sound();
        Directory.Delete(Path.Combine(_folder.Path, folder), recursive: true);
        var condition = Condition(Facts(), type);
        Assert.Equal(ConditionStatus.False, condition.Status);
        Assert.Contains(advice, condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_runs_on_the_node_is_told_with_what_to_do()
    {
        Sound();
        var facts = Facts() with { CgroupVersion = 1, LockManager = "none", Versions = ("8.10.1", "7.2.0"), ClockIsSynchronized = false, ReservedByKubelet = Reserve - 1 };
        Assert.Contains("systemd.unified_cgroup_hierarchy=1", Unmet(facts, HypervisorConditions.ControlGroupsUnified), StringComparison.Ordinal);
        Assert.Contains("lock_manager = \"lockd\"", Unmet(facts, HypervisorConditions.DiskLocking), StringComparison.Ordinal);
        Assert.Contains("libvirt is 8.10.1, older than 9.0.0.", Unmet(facts, HypervisorConditions.VersionsSupported), StringComparison.Ordinal);
        Assert.Contains("chrony", Unmet(facts, HypervisorConditions.ClockSynchronized), StringComparison.Ordinal);
        Assert.Contains("systemReserved and kubeReserved to 256Mi", Unmet(facts, HypervisorConditions.MemoryReserved), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_known_is_not_said()
    {
        Sound();
        var facts = Facts() with { LockManager = null, Versions = null, ClockIsSynchronized = null, ReservedByKubelet = null, MostPods = null };
        string[] unknown =
        [
            HypervisorConditions.DiskLocking, HypervisorConditions.VersionsSupported, HypervisorConditions.ClockSynchronized, HypervisorConditions.MemoryReserved,
            HypervisorConditions.AsynchronousIoSufficient,
        ];
        Assert.DoesNotContain(PreflightConditions.Of(facts), condition => unknown.Contains(condition.Type));
    }

    [Fact]
    public void Emulation_needs_nothing_of_the_CPU()
    {
        _folder.Write("sys/class/misc/tun/dev", "10:200");
        _folder.Write("sys/class/misc/vhost-net/dev", "10:238");
        var conditions = PreflightConditions.Of(Facts() with { WantsKvm = false }).ToList();
        Assert.DoesNotContain(conditions, condition => condition.Type is HypervisorConditions.VirtualizationSupported or HypervisorConditions.NestedPagingEnabled or HypervisorConditions.NestedVirtualization);
        Assert.Equal(ConditionStatus.True, Condition(Facts() with { WantsKvm = false }, HypervisorConditions.ModulesLoaded).Status);
    }

    [Fact]
    public void AMDs_words_are_its_own()
    {
        Sound();
        _folder.Write("proc/cpuinfo", "vendor_id : AuthenticAMD\nflags : fpu svm npt\n");
        _folder.Write("sys/module/kvm_amd/parameters/npt", "1\n");
        _folder.Write("sys/module/kvm_amd/parameters/nested", "0\n");
        var facts = Facts() with { IsIntel = false };
        Assert.Equal(ConditionStatus.True, Condition(facts, HypervisorConditions.NestedPagingEnabled).Status);
        Assert.Contains("options kvm_amd nested=1", Unmet(facts, HypervisorConditions.NestedVirtualization), StringComparison.Ordinal);
    }

    [Fact]
    public void Merged_pages_are_told_and_so_is_what_they_tell()
    {
        Sound();
        _folder.Write("sys/kernel/mm/ksm/run", "1\n");
        var condition = Condition(Facts(), HypervisorConditions.SamePageMerging);
        Assert.Equal((ConditionStatus.True, "Running"), (condition.Status, condition.Reason));
        Assert.Contains("/sys/kernel/mm/ksm/run", condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Huge_pages_are_told_by_size()
    {
        Sound();
        _folder.Write("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "2\n");
        Assert.Equal("Reserved: 512 of 2Mi, 2 of 1Gi.", Condition(Facts(), HypervisorConditions.HugePagesReserved).Message);
    }

    // The kernel of this machine answers one way or the other; what matters is that it is asked rightly.
    [Fact]
    public void The_kernel_tells_of_its_clock() => Assert.NotNull(new KernelClock().IsSynchronized());

    private void Sound()
    {
        _folder.Write("proc/cpuinfo", "processor : 0\nvendor_id : GenuineIntel\nflags : fpu vmx ept vpid\n\nprocessor : 1\n");
        _folder.Write("sys/module/kvm/refcnt", "0");
        _folder.Write("sys/module/vhost_net/refcnt", "0");
        _folder.Write("sys/class/misc/tun/dev", "10:200");
        _folder.Write("sys/module/kvm_intel/parameters/ept", "Y\n");
        _folder.Write("sys/module/kvm_intel/parameters/nested", "Y\n");
        _folder.Write("sys/kernel/iommu_groups/0/type", "DMA");
        _folder.Write("proc/sys/fs/aio-max-nr", "112640\n");
        _folder.Write("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "512\n");
        _folder.Write("sys/kernel/mm/ksm/run", "0\n");
    }

    private HostFacts Facts() => new()
    {
        WantsKvm = true,
        Kernel = new KernelFiles(_folder.Path),
        Pages = new HostPages(_folder.Path),
        IsIntel = true,
        CgroupVersion = 2,
        LockManager = "lockd",
        Versions = ("9.0.0", "7.2.0"),
        ClockIsSynchronized = true,
        ReservedByKubelet = Reserve,
        MostPods = 110,
        MemoryReserve = Reserve,
    };

    private static Condition Condition(HostFacts facts, string type) => PreflightConditions.Of(facts).Single(condition => condition.Type == type);

    private static string Unmet(HostFacts facts, string type)
    {
        var condition = Condition(facts, type);
        Assert.Equal(ConditionStatus.False, condition.Status);
        return condition.Message;
    }
}
