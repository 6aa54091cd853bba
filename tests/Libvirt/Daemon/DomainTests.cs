using System.Text;
using Berth.Libvirt.Tests.TestDriver;

namespace Berth.Libvirt.Tests.Daemon;

[Collection(nameof(PrivateHost))]
public sealed class DomainTests(PrivateHost host) : IAsyncLifetime
{
    private readonly Guid _uuid = Guid.NewGuid();
    private LibvirtConnection _connection = null!;
    private string _disk = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LibvirtDomains Domains => _connection.Domains;

    private string Name => $"guest-{_uuid:N}";

    public async ValueTask InitializeAsync()
    {
        _connection = await host.OpenAsync();
        _disk = Path.Combine(host.Folder, $"{_uuid:N}.raw");
        await File.WriteAllBytesAsync(_disk, BootSectorGuest.Disk(), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Domains.DestroyAsync(_uuid, graceful: false, CancellationToken.None);
        await Domains.UndefineAsync(_uuid, DomainUndefineOptions.RemoveManagedSave, CancellationToken.None);
        await _connection.DisposeAsync();
        Assert.Equal(0, LibvirtHandles.Total);
    }

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public async Task A_guest_starts_paused_writes_to_its_console_when_resumed_and_is_destroyed(string machine)
    {
        using var subscription = _connection.Subscribe();
        await Domains.DefineAsync(BootSectorGuest.Xml(Name, _uuid, _disk, machine), validate: true, Cancel);
        await Domains.StartAsync(_uuid, DomainStartOptions.Paused, Cancel);
        Assert.Equal(DomainState.Paused, (await Domains.GetStatusAsync(_uuid, Cancel))?.State);

        await using (var console = await Domains.OpenConsoleAsync(_uuid, null, Cancel))
        {
            await Domains.ResumeAsync(_uuid, Cancel);
            var output = new StringBuilder();
            await foreach (var piece in console.Output.ReadAllAsync(Cancel))
            {
                output.Append(Encoding.ASCII.GetString(piece.Span));
                if (output.ToString().Contains(BootSectorGuest.Line, StringComparison.Ordinal))
                {
                    break;
                }
            }

            Assert.Contains(BootSectorGuest.Line, output.ToString(), StringComparison.Ordinal);
            await console.WriteAsync("nobody reads this"u8.ToArray(), Cancel);
        }

        Assert.True(await Domains.DestroyAsync(_uuid, graceful: false, Cancel));
        Assert.Equal(
            new DomainStatus(DomainState.ShutOff, DomainStateReason.Destroyed), await Domains.GetStatusAsync(_uuid, Cancel));
        var events = await EventTests.TakeUntilAsync(
            subscription.Events, e => e is DomainLifecycleEvent { Type: DomainLifecycle.Stopped });
        var lives = events.Cast<DomainLifecycleEvent>().Select(e => e.Type);

        // QEMU may get round to saying that it shuts down, or not.
        Assert.Equal(
            [DomainLifecycle.Defined, DomainLifecycle.Started, DomainLifecycle.Suspended, DomainLifecycle.Resumed, DomainLifecycle.Stopped],
            lives.Where(type => type is not DomainLifecycle.Shutdown));
    }

    [Fact]
    public async Task All_active_guests_give_their_figures_in_one_call()
    {
        await Domains.CreateAsync(BootSectorGuest.Xml(Name, _uuid, _disk), DomainStartOptions.None, Cancel);

        var all = await Domains.GetAllStatisticsAsync(DomainStatisticsKinds.All, Cancel);

        var mine = Assert.Single(all, domain => domain.Uuid == _uuid);
        Assert.Equal(DomainState.Running, mine.Status?.State);
        Assert.True(mine.Cpu is { TotalNanoseconds: > 0 });
        Assert.True(mine.Memory is { Current: 65536, Rss: > 0 });
        Assert.True(Assert.Single(mine.Vcpus).IsOnline);
        var block = Assert.Single(mine.Blocks);
        Assert.Equal(("vda", _disk, 1048576ul), (block.Name, block.Path, block.Capacity));
        Assert.Equal(
            (await Domains.GetBlockInfoAsync(_uuid, "vda", Cancel))!.Capacity, block.Capacity);
        Assert.NotNull(await Domains.GetBlockStatisticsAsync(_uuid, "vda", Cancel));
    }

    [Fact]
    public async Task Guests_hardware_changes_while_it_runs()
    {
        await Domains.CreateAsync(BootSectorGuest.Xml(Name, _uuid, _disk), DomainStartOptions.None, Cancel);
        using var subscription = _connection.Subscribe();
        var second = $"{_disk}.second";
        await File.WriteAllBytesAsync(second, new byte[4096], Cancel);

        await Domains.AttachDeviceAsync(
            _uuid,
            $"<disk type='file'><driver name='qemu' type='raw'/><source file='{second}'/><target dev='vdb' bus='virtio'/></disk>",
            DomainImpact.Live,
            Cancel);
        await Domains.ResizeBlockAsync(_uuid, "vdb", 8192, Cancel);
        await Domains.SetMemoryStatsPeriodAsync(_uuid, 5, DomainImpact.Live, Cancel);

        await EventTests.TakeUntilAsync(subscription.Events, e => e is DomainDeviceAdded added && added.Uuid == _uuid);
        Assert.Equal(8192ul, (await Domains.GetBlockInfoAsync(_uuid, "vdb", Cancel))!.Capacity);
        Assert.Equal(8192, new FileInfo(second).Length);
    }

    [Fact]
    public async Task Managed_save_and_start_bring_the_guest_back()
    {
        await Domains.DefineAsync(BootSectorGuest.Xml(Name, _uuid, _disk), false, Cancel);
        await Domains.StartAsync(_uuid, DomainStartOptions.None, Cancel);

        await Domains.ManagedSaveAsync(_uuid, Cancel);
        Assert.True(await Domains.HasManagedSaveAsync(_uuid, Cancel));
        await Domains.StartAsync(_uuid, DomainStartOptions.None, Cancel);

        Assert.Equal(
            new DomainStatus(DomainState.Running, DomainStateReason.Restored), await Domains.GetStatusAsync(_uuid, Cancel));
        Assert.False(await Domains.HasManagedSaveAsync(_uuid, Cancel));
        Assert.Equal(DomainJobType.None, (await Domains.GetJobAsync(_uuid, Cancel))?.Type);
    }

    [Fact]
    public async Task Refusals_have_codes()
    {
        await Domains.DefineAsync(BootSectorGuest.Xml(Name, _uuid, _disk), false, Cancel);
        var off = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.ShutdownAsync(_uuid, DomainShutdownMode.AcpiPowerButton, Cancel));
        await Domains.StartAsync(_uuid, DomainStartOptions.None, Cancel);
        var twice = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.StartAsync(_uuid, DomainStartOptions.None, Cancel));
        var agent = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.RunAgentCommandAsync(_uuid, "{\"execute\":\"guest-ping\"}", TimeSpan.FromSeconds(1), Cancel));

        Assert.Equal((LibvirtErrorCode.OperationInvalid, LibvirtErrorDomain.Qemu), (off.Code, off.Domain));
        Assert.Equal(LibvirtErrorCode.OperationInvalid, twice.Code);
        Assert.Equal(LibvirtErrorCode.ArgumentUnsupported, agent.Code);
        Assert.False(agent.IsConnectionLost);
    }

    [Fact]
    public async Task The_node_tells_what_it_can_run()
    {
        var node = _connection.Node;
        var versions = await node.GetVersionsAsync(Cancel);
        Assert.True(versions.Hypervisor >= new Version(5, 0, 0));
        Assert.NotEqual(Guid.Empty, await node.GetHostUuidAsync(Cancel));
        Assert.Contains(
            "<domainCapabilities>",
            await node.GetDomainCapabilitiesXmlAsync(null, "x86_64", "q35", "qemu", Cancel),
            StringComparison.Ordinal);
        var memory = await node.GetMemoryAsync(null, Cancel);
        Assert.True(memory.Total > memory.Free && memory.Free > 0);
        Assert.NotEmpty(await node.GetCellsFreeMemoryAsync(Cancel));
        Assert.True((await node.GetInfoAsync(Cancel)).Cpus > 0);
    }
}
