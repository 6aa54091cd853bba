namespace Berth.NodeAgent.Tests.Metrics;

public sealed class HypervisorMetricsTests : IDisposable
{
    private readonly MetricsRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task The_node_tells_what_it_has_and_what_is_promised()
    {
        _rig.Folder.Write("proc/meminfo", "MemTotal:       16 kB\nMemAvailable:   8 kB\n");
        _rig.Folder.Write("proc/stat", "cpu  1 2 3\ncpu0 1 2\ncpu1 1 2\n");
        _rig.Folder.Write("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "64\n");
        _rig.Folder.Write("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "60\n");
        _rig.Folder.Write("sys/kernel/mm/ksm/pages_sharing", "3\n");
        _rig.AddRunning("web");

        Assert.Equal(
            new Dictionary<string, double>
            {
                ["berth_hypervisor_active_domains"] = 1,
                ["berth_hypervisor_allocated_vcpus"] = 1,
                ["berth_hypervisor_cpus"] = 2,
                ["berth_hypervisor_hugepages{size=\"2097152\"}"] = 64,
                ["berth_hypervisor_hugepages_free{size=\"2097152\"}"] = 60,
                ["berth_hypervisor_ksm_saved_bytes"] = 3 * Environment.SystemPageSize,
                ["berth_hypervisor_libvirt_available"] = 1,
                ["berth_hypervisor_memory_available_bytes"] = 8192,
                ["berth_hypervisor_memory_bytes"] = 16384,

                // 256 MiB, 64 for QEMU, 32 for translated code, 8 for the vCPU, half a one for page tables.
                ["berth_hypervisor_memory_promised_bytes"] = (256 + 64 + 32 + 8 + 0.5) * (1 << 20),
                ["berth_hypervisor_memory_reserve_bytes"] = 1 << 20,
                ["berth_hypervisor_memory_untouched_bytes"] = (256 + 64 + 32 + 8 + 0.5 - 64) * (1 << 20),
            },
            Figures(await _rig.ScrapeAsync()));
    }

    [Fact]
    public async Task What_the_node_does_not_have_is_left_out()
    {
        var figures = Figures(await _rig.ScrapeAsync());
        Assert.DoesNotContain("berth_hypervisor_ksm_saved_bytes", figures.Keys);
        Assert.DoesNotContain(figures.Keys, name => name.Contains("hugepages", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Libvirt_comes_and_goes()
    {
        Assert.Equal(1, Figures(await _rig.ScrapeAsync())["berth_hypervisor_libvirt_available"]);
        _rig.Libvirt.IsUnavailable = true;
        Assert.Equal(0, Figures(await _rig.ScrapeAsync())["berth_hypervisor_libvirt_available"]);
    }

    private static Dictionary<string, double> Figures(string text) => text.Split('\n')
        .Where(line => line.StartsWith("berth_hypervisor", StringComparison.Ordinal))
        .Select(line => line.Split(' '))
        .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
}
