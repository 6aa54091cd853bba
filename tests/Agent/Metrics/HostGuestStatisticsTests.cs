using System.Diagnostics;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.Metrics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Metrics;

/// <summary>The figures of a real libvirtd.</summary>
public sealed class HostGuestStatisticsTests(PrivateHost libvirt) : IClassFixture<PrivateHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_guest_gives_what_the_metrics_are_made_of()
    {
        await using var connection = await libvirt.OpenAsync();
        var statistics = new HostGuestStatistics(connection);
        var id = await StartAsync(connection, "whole");

        var all = Assert.Single(await statistics.ReadAllAsync(Token));
        Assert.Equal((id, DomainState.Running), (all.Uuid, all.Status!.Value.State));
        Assert.True(all is { Cpu.TotalNanoseconds: > 0, Memory: { Current: 65536, Rss: > 0 } }, all.ToString());
        Assert.Single(all.Vcpus);

        var known = Assert.Single(await statistics.ReadKnownAsync(Token));
        Assert.True(known is { Uuid: var same, Status: not null, Cpu: not null, Memory: null, Blocks: [] } && same == id, known.ToString());

        Assert.False(await statistics.IsGuestAgentConnectedAsync(id, Token));
        Assert.Null(await statistics.IsGuestAgentConnectedAsync(Guid.NewGuid(), Token));
        Assert.Null(await statistics.FindJobAsync(id, Token));
        await connection.Domains.DestroyAsync(id, graceful: false, Token);
    }

    [Fact]
    public async Task A_QEMU_that_hangs_costs_one_scrape_its_figures_and_none_an_answer()
    {
        await using var connection = await libvirt.OpenAsync();
        var (hung, well) = (await StartAsync(connection, "hung"), await StartAsync(connection, "well"));
        var machines = new FixedMachines();
        machines.Add(Machine("hung", hung));
        machines.Add(Machine("well", well));
        var collector = new GuestCollector(new HostGuestStatistics(connection), machines, TimeProvider.System, NullLogger<GuestCollector>.Instance);
        await QemuSignal.SendAsync("STOP", hung, Token);
        try
        {
            await GatherAsync(collector);
            Assert.False(collector.Latest.IsComplete);
            Assert.All(collector.Latest.Machines, machine => Assert.NotNull(machine.Guest!.Cpu));

            // The call that hangs keeps the guest's job lock: now libvirt passes that guest over.
            await GatherAsync(collector);
            Assert.True(collector.Latest.IsComplete);
            Assert.All(collector.Latest.Machines, machine => Assert.NotNull(machine.Guest!.Cpu));
            Assert.NotNull(collector.Latest.Machines[1].Guest!.Memory?.Rss);
        }
        finally
        {
            await QemuSignal.SendAsync("CONT", hung, Token);
            await connection.Domains.DestroyAsync(hung, graceful: false, Token);
            await connection.Domains.DestroyAsync(well, graceful: false, Token);
        }
    }

    private static async Task GatherAsync(GuestCollector collector)
    {
        var clock = Stopwatch.StartNew();
        await collector.GatherAsync(Token);

        // Some room for a busy machine: Prometheus gives up after 10 s.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, GuestCollector.AllDeadline + GuestCollector.KnownDeadline + TimeSpan.FromSeconds(2));
    }

    private static Task<Guid> StartAsync(LibvirtConnection connection, string name) => connection.Domains.CreateAsync(
        $"""
         <domain type='qemu'>
           <name>{name}</name>
           <memory unit='MiB'>64</memory>
           <vcpu>1</vcpu>
           <os><type machine='pc'>hvm</type></os>
           <devices>
             <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
             <memballoon model='virtio'><stats period='10'/></memballoon>
           </devices>
         </domain>
         """,
        DomainStartOptions.None,
        Token);

    private static VirtualMachine Machine(string name, Guid id) =>
        new() { Metadata = new V1ObjectMeta { NamespaceProperty = "shop", Name = name, Uid = id.ToString() } };
}
