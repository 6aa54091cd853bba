using Berth.Api;
using Berth.Libvirt;
using Berth.NodeAgent.Metrics;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.Metrics;

public sealed class VirtualMachineMetricsTests : IDisposable
{
    private const string Web = """namespace="shop",name="web" """;

    private readonly MetricsRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("counter", "cpu_seconds_total", "", "90")]
    [InlineData("counter", "cpu_user_seconds_total", "", "60")]
    [InlineData("counter", "cpu_system_seconds_total", "", "30")]
    [InlineData("gauge", "memory_bytes", "", "134217728")]
    [InlineData("gauge", "memory_max_bytes", "", "268435456")]
    [InlineData("gauge", "memory_resident_bytes", "", "67108864")]
    [InlineData("gauge", "memory_available_bytes", "", "122880000")]
    [InlineData("gauge", "memory_unused_bytes", "", "1024000")]
    [InlineData("gauge", "memory_usable_bytes", "", "2048000")]
    [InlineData("gauge", "memory_disk_caches_bytes", "", "5120")]
    [InlineData("counter", "memory_swap_in_bytes_total", "", "1024")]
    [InlineData("counter", "memory_swap_out_bytes_total", "", "2048")]
    [InlineData("counter", "memory_major_page_faults_total", "", "3")]
    [InlineData("counter", "memory_minor_page_faults_total", "", "4")]
    [InlineData("gauge", "vcpu_online", "vcpu=\"0\"", "1")]
    [InlineData("counter", "vcpu_seconds_total", "vcpu=\"0\"", "80")]
    [InlineData("counter", "vcpu_wait_seconds_total", "vcpu=\"0\"", "2")]
    [InlineData("counter", "vcpu_delay_seconds_total", "vcpu=\"0\"", "0.5")]
    [InlineData("counter", "disk_read_bytes_total", "disk=\"root\"", "4096")]
    [InlineData("counter", "disk_written_bytes_total", "disk=\"root\"", "8192")]
    [InlineData("counter", "disk_reads_completed_total", "disk=\"root\"", "100")]
    [InlineData("counter", "disk_writes_completed_total", "disk=\"root\"", "200")]
    [InlineData("counter", "disk_flushes_completed_total", "disk=\"root\"", "5")]
    [InlineData("counter", "disk_read_time_seconds_total", "disk=\"root\"", "2")]
    [InlineData("counter", "disk_write_time_seconds_total", "disk=\"root\"", "4")]
    [InlineData("counter", "disk_flush_time_seconds_total", "disk=\"root\"", "1")]
    [InlineData("gauge", "disk_capacity_bytes", "disk=\"root\"", "1073741824")]
    [InlineData("gauge", "disk_allocation_bytes", "disk=\"root\"", "1048576")]
    [InlineData("gauge", "disk_physical_bytes", "disk=\"root\"", "2097152")]
    [InlineData("counter", "disk_read_bytes_total", "disk=\"vdb\"", "512")]
    [InlineData("counter", "network_receive_bytes_total", "interface=\"lan\"", "1000")]
    [InlineData("counter", "network_receive_packets_total", "interface=\"lan\"", "10")]
    [InlineData("counter", "network_receive_errors_total", "interface=\"lan\"", "1")]
    [InlineData("counter", "network_receive_packets_dropped_total", "interface=\"lan\"", "2")]
    [InlineData("counter", "network_transmit_bytes_total", "interface=\"lan\"", "2000")]
    [InlineData("counter", "network_transmit_packets_total", "interface=\"lan\"", "20")]
    [InlineData("counter", "network_transmit_errors_total", "interface=\"lan\"", "3")]
    [InlineData("counter", "network_transmit_packets_dropped_total", "interface=\"lan\"", "4")]
    [InlineData("gauge", "ready", "", "1")]
    [InlineData("gauge", "start_time_seconds", "", "1000000")]
    public async Task A_running_VM_has_its_figures_in_base_units(string type, string name, string label, string value)
    {
        _rig.AddRunning("web");

        var text = await _rig.ScrapeAsync();

        var labels = label.Length > 0 ? $"{Web.TrimEnd()},{label}" : Web.TrimEnd();
        Assert.Contains($"# TYPE berth_virtual_machine_{name} {type}\n", text, StringComparison.Ordinal);
        Assert.Contains($"\nberth_virtual_machine_{name}{{{labels}}} {value}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_call_to_libvirt_serves_a_scrape_and_those_that_come_at_once()
    {
        _rig.AddRunning("web");
        _rig.AddRunning("db");
        await _rig.ScrapeAsync();
        Assert.Equal((1, 0), (_rig.Libvirt.CallsForAll, _rig.Libvirt.CallsForKnown));

        _rig.Libvirt.GuestHangs = true;
        var (first, second) = (_rig.ScrapeWhileHangingAsync(), _rig.ScrapeAsync());
        await Task.WhenAll(first, second);
        Assert.Equal((2, 1), (_rig.Libvirt.CallsForAll, _rig.Libvirt.CallsForKnown));
    }

    [Fact]
    public async Task A_guest_that_hangs_leaves_the_scrape_what_libvirt_knows_by_itself()
    {
        _rig.AddRunning("web");
        _rig.Libvirt.GuestHangs = true;

        var text = await _rig.ScrapeWhileHangingAsync();

        Assert.Contains("\nberth_domain_statistics_scrape_success 0\n", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^berth_domain_statistics_scrape_seconds ([3-9]|[1-9][0-9])", text);
        Assert.Contains("berth_virtual_machine_cpu_seconds_total{", text, StringComparison.Ordinal);
        Assert.Contains("berth_virtual_machine_network_receive_bytes_total{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_virtual_machine_memory", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_hypervisor_memory_promised_bytes", text, StringComparison.Ordinal);

        _rig.Libvirt.GuestHangs = false;
        text = await _rig.ScrapeAsync();
        Assert.Contains("\nberth_domain_statistics_scrape_success 1\n", text, StringComparison.Ordinal);
        Assert.Contains("berth_virtual_machine_memory_bytes{", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_guests_answered_late_or_before_is_told_with_its_age_for_a_minute()
    {
        var id = _rig.AddRunning("web");
        _rig.Libvirt.GuestHangs = true;
        Assert.DoesNotContain("berth_domain_statistics_age_seconds", await _rig.ScrapeWhileHangingAsync(), StringComparison.Ordinal);
        _rig.Libvirt.AnswerWhatHangs();

        var text = await _rig.ScrapeWhileHangingAsync();
        Assert.Contains("\nberth_domain_statistics_scrape_success 0\n", text, StringComparison.Ordinal);
        Assert.Matches("(?m)^berth_domain_statistics_age_seconds ([6-9]|[1-9][0-9])", text);
        Assert.Contains("berth_virtual_machine_memory_bytes{", text, StringComparison.Ordinal);
        Assert.Contains("berth_virtual_machine_disk_read_bytes_total{", text, StringComparison.Ordinal);
        Assert.Contains("berth_virtual_machine_vcpu_seconds_total{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_hypervisor_memory_promised_bytes", text, StringComparison.Ordinal);

        _rig.Time.Advance(TimeSpan.FromMinutes(1));
        AssertMissing(await _rig.ScrapeWhileHangingAsync());

        _rig.Libvirt.AnswerWhatHangs();
        var started = MetricsRig.Guest(id, "shop.web");
        _rig.Libvirt.Guests[0] = started with { Cpu = new(1, 1, 0) };
        AssertMissing(await _rig.ScrapeWhileHangingAsync());

        void AssertMissing(string text)
        {
            Assert.Contains("berth_virtual_machine_cpu_seconds_total{", text, StringComparison.Ordinal);
            Assert.DoesNotContain("berth_virtual_machine_memory_bytes{", text, StringComparison.Ordinal);
            Assert.DoesNotContain("berth_virtual_machine_disk_read_bytes_total{", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_libvirt_that_hangs_or_is_not_there_leaves_no_figure_that_could_be_taken_for_true()
    {
        _rig.AddRunning("web");
        _rig.Libvirt.DaemonHangs = true;
        AssertUnknown(await _rig.ScrapeWhileHangingAsync());

        (_rig.Libvirt.DaemonHangs, _rig.Libvirt.IsUnavailable) = (false, true);
        AssertUnknown(await _rig.ScrapeAsync());
    }

    [Fact]
    public async Task Guests_of_others_are_in_no_VMs_figures_and_in_the_nodes()
    {
        _rig.AddRunning("web");
        _rig.Libvirt.Guests.Add(MetricsRig.Guest(Guid.NewGuid(), "shop.web-of-another-cluster"));

        // A former VM's: the name is the same, the UID is not.
        _rig.Libvirt.Guests.Add(MetricsRig.Guest(Guid.NewGuid(), "shop.web"));

        var text = await _rig.ScrapeAsync();

        Assert.Single(Lines(text, "berth_virtual_machine_cpu_seconds_total{"));
        Assert.DoesNotContain("another", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_hypervisor_active_domains 3\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_hypervisor_allocated_vcpus 3\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DomainState.Running, "running")]
    [InlineData(DomainState.Blocked, "running")]
    [InlineData(DomainState.Paused, "paused")]
    [InlineData(DomainState.ShuttingDown, "shutdown")]
    public async Task The_state_is_a_set_of_which_one_is_true(DomainState state, string name)
    {
        _rig.AddRunning("web");
        _rig.Libvirt.Guests[0] = _rig.Libvirt.Guests[0] with { Status = new(state, DomainStateReason.Unknown) };

        var states = Lines(await _rig.ScrapeAsync(), "berth_virtual_machine_state{");

        Assert.Equal(5, states.Count);
        Assert.Equal([$$"""berth_virtual_machine_state{{{Web.TrimEnd()}},state="{{name}}"} 1"""], states.Where(line => line.EndsWith(" 1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_VM_without_a_guest_is_shut_off_and_has_no_other_figures()
    {
        _rig.AddMachine("idle", Guid.NewGuid());

        var text = await _rig.ScrapeAsync();

        Assert.Contains("""berth_virtual_machine_state{namespace="shop",name="idle",state="shutoff"} 1""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_virtual_machine_cpu", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_without_balloon_or_counters_leaves_them_out()
    {
        _rig.AddRunning("web");
        _rig.Libvirt.Guests[0] = _rig.Libvirt.Guests[0] with { Memory = new(131072, 131072, null, null, null, null, null, null, null, null, null) };

        var text = await _rig.ScrapeAsync();

        Assert.Contains("berth_virtual_machine_memory_bytes{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_virtual_machine_memory_usable_bytes", text, StringComparison.Ordinal);
        Assert.DoesNotContain("""berth_virtual_machine_disk_read_time_seconds_total{namespace="shop",name="web",disk="vdb"}""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interfaces_that_the_status_does_not_account_for_keep_the_hosts_names()
    {
        _rig.AddRunning("web", machine => machine.Status!.Interfaces!.Add(new() { Name = "second" }));

        Assert.Contains("""interface="vnet7"} 1000""", await _rig.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agent_in_the_guest_is_there_is_not_or_is_not_to_be_had()
    {
        var (there, away) = (_rig.AddRunning("there"), _rig.AddRunning("away"));
        _rig.AddRunning("none");
        (_rig.Libvirt.Agents[there], _rig.Libvirt.Agents[away]) = (true, false);
        await _rig.Agents.LookAsync(MetricsRig.Token);
        Assert.Equal(
            [
                """berth_virtual_machine_guest_agent_connected{namespace="shop",name="there"} 1""",
                """berth_virtual_machine_guest_agent_connected{namespace="shop",name="away"} 0""",
            ],
            Lines(await _rig.ScrapeAsync(), "berth_virtual_machine_guest_agent_connected{"));

        _rig.Libvirt.Guests.RemoveAll(guest => guest.Uuid == there);
        Assert.Single(Lines(await _rig.ScrapeAsync(), "berth_virtual_machine_guest_agent_connected{"));

        _rig.Libvirt.IsUnavailable = true;
        await _rig.Agents.LookAsync(MetricsRig.Token);
        _rig.Libvirt.IsUnavailable = false;
        Assert.Empty(Lines(await _rig.ScrapeAsync(), "berth_virtual_machine_guest_agent_connected{"));
    }

    [Theory]
    [InlineData("<domain><devices><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel></devices></domain>", true)]
    [InlineData("<domain><devices><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/></channel></devices></domain>", false)]
    [InlineData("<domain><devices><channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' state='connected'/></channel><channel type='unix'><source/><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices></domain>", false)]
    [InlineData("<domain><devices><channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' state='connected'/></channel></devices></domain>", null)]
    [InlineData("<domain/>", null)]
    public void The_channel_says_whether_the_agent_is_there(string xml, bool? expected) => Assert.Equal(expected, HostGuestStatistics.IsConnected(xml));

    [Fact]
    public async Task Only_VMs_that_migrate_are_asked_for_their_job()
    {
        var moving = _rig.AddRunning("moving", machine => machine.Status!.State = VirtualMachineStates.Migrating);
        _rig.AddRunning("web");
        _rig.Libvirt.Jobs[moving] = new(DomainJobType.Unbounded, DomainJobOperation.MigrationOut, 1500, null, null, 1000, 400, 600, 50, 7, 2, null, null);

        var text = await _rig.ScrapeAsync();

        Assert.Equal([moving], _rig.Libvirt.AskedForJobs);
        Assert.Contains("""berth_virtual_machine_migration_elapsed_seconds{namespace="shop",name="moving"} 1.5""", text, StringComparison.Ordinal);
        Assert.Contains("""berth_virtual_machine_migration_data_bytes{namespace="shop",name="moving"} 1000""", text, StringComparison.Ordinal);
        Assert.Contains("""berth_virtual_machine_migration_data_processed_bytes{namespace="shop",name="moving"} 400""", text, StringComparison.Ordinal);
        Assert.Contains("""berth_virtual_machine_migration_data_remaining_bytes{namespace="shop",name="moving"} 600""", text, StringComparison.Ordinal);
        Assert.Single(Lines(text, "berth_virtual_machine_migration_memory_bytes_per_second{"));
        Assert.Single(Lines(text, "berth_virtual_machine_migration_dirty_pages_per_second{"));
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_the_text()
    {
        var moving = _rig.AddRunning("moving", machine => machine.Status!.State = VirtualMachineStates.Migrating);
        _rig.Libvirt.Jobs[moving] = new(DomainJobType.Unbounded, DomainJobOperation.MigrationOut, 1500, null, null, 1000, 400, 600, 50, 7, 2, null, null);

        Assert.Equal("", await Promtool.CheckMetricsAsync(await _rig.ScrapeAsync(), MetricsRig.Token));
    }

    [Fact]
    public async Task A_scrape_of_a_hundred_VMs_costs_little()
    {
        for (var i = 0; i < 100; i++)
        {
            _rig.AddRunning($"web-{i}");
        }

        await _rig.Metrics.CollectAsync(TextWriter.Null, MetricsRig.Token);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await _rig.Metrics.CollectAsync(TextWriter.Null, MetricsRig.Token);

        // 55 series for each, with an array of labels each.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 2 << 20);
    }

    private static void AssertUnknown(string text)
    {
        Assert.Contains("\nberth_domain_statistics_scrape_success 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_virtual_machine_state", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_virtual_machine_cpu", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_hypervisor_active_domains", text, StringComparison.Ordinal);
        Assert.Contains("berth_virtual_machine_info{", text, StringComparison.Ordinal);
    }

    private static List<string> Lines(string text, string start) => [.. text.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal))];
}
