namespace Berth.Libvirt.Tests.Daemon;

/// <summary>Whatever is asked of a real libvirtd and however often, no reference on its objects is kept.</summary>
[Collection(nameof(PrivateHost))]
public sealed class HandleTests(PrivateHost host, ITestOutputHelper output) : IAsyncLifetime
{
    // Each opens a connection when it first calls.
    private static readonly int s_threads = Threads(new LibvirtDispatcherOptions());

    private readonly string _pool = $"pool-{Guid.NewGuid():N}";
    private LibvirtConnection _connection = null!;
    private string _disk = "";
    private int _callbacks;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _connection = await host.OpenAsync();
        _disk = Path.Combine(host.Folder, $"{Guid.NewGuid():N}.raw");
        await File.WriteAllBytesAsync(_disk, BootSectorGuest.Disk(), Cancel);
        var target = Directory.CreateDirectory(Path.Combine(host.Folder, _pool)).FullName;
        await _connection.StoragePools.DefineAsync($"<pool type='dir'><name>{_pool}</name><target><path>{target}</path></target></pool>", Cancel);
        await _connection.StoragePools.StartAsync(_pool, Cancel);
        _callbacks = LibvirtHandles.Open(LibvirtObjectKind.Callback);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.StoragePools.DestroyAsync(_pool, CancellationToken.None);
        await _connection.StoragePools.UndefineAsync(_pool, CancellationToken.None);
        await _connection.DisposeAsync();
        Assert.Equal(0, LibvirtHandles.Total);
    }

    [Fact]
    public Task Two_hundred_definitions_and_two_thousand_reads_keep_no_handle() => ComeAndGoAsync(cycles: 200, starts: 10, reads: 2_000);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_thousand_guests_that_come_and_go_keep_no_handle() => ComeAndGoAsync(cycles: 1000, starts: 1000, reads: 100_000);

    private async Task ComeAndGoAsync(int cycles, int starts, int reads)
    {
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var id = Guid.NewGuid();
            await _connection.Domains.DefineAsync(BootSectorGuest.Xml($"leak-{cycle}", id, _disk), validate: false, Cancel);
            if (cycle % (cycles / starts) == 0)
            {
                await _connection.Domains.StartAsync(id, DomainStartOptions.None, Cancel);
                await _connection.Domains.DestroyAsync(id, graceful: false, Cancel);
            }

            await ReadAsync(id, reads / cycles);
            await _connection.StorageVolumes.CreateAsync(_pool, $"<volume><name>v{cycle}</name><capacity>4096</capacity></volume>", StorageVolumeCreateOptions.None, Cancel);
            await _connection.StorageVolumes.ListAsync(_pool, Cancel);
            await _connection.StorageVolumes.DeleteAsync(_pool, $"v{cycle}", Cancel);
            await Assert.ThrowsAsync<LibvirtException>(() => _connection.Domains.DefineAsync("<domain/>", validate: false, Cancel));
            await _connection.Domains.UndefineAsync(id, DomainUndefineOptions.None, Cancel);
            Assert.Null(await _connection.Domains.FindAsync(id, Cancel));
        }

        var open = Enum.GetValues<LibvirtObjectKind>().Select(kind => (Kind: kind, Count: LibvirtHandles.Open(kind))).ToList();
        output.WriteLine($"after {cycles} definitions, {starts} starts and {reads} reads: {string.Join(", ", open.Select(each => $"{each.Kind} {each.Count}"))}");
        Assert.All(
            open.Where(each => each.Kind != LibvirtObjectKind.Connection),
            each => Assert.Equal(each.Kind == LibvirtObjectKind.Callback ? _callbacks : 0, each.Count));
        Assert.InRange(LibvirtHandles.Open(LibvirtObjectKind.Connection), 2, s_threads);
    }

    private static int Threads(LibvirtDispatcherOptions options) =>
        1 + options.QueryThreads + options.GuestThreads + options.LongThreads + options.CopyThreads;

    // Ten ways in turn, of what the agent reads.
    private async Task ReadAsync(Guid id, int count)
    {
        for (var read = 0; read < count; read++)
        {
            await (Task)((read % 10) switch
            {
                0 => _connection.Domains.FindAsync(id, Cancel),
                1 => _connection.Domains.GetXmlAsync(id, DomainXmlOptions.Inactive, Cancel),
                2 => _connection.Domains.ListAsync(Cancel),
                3 => _connection.Domains.GetStatusAsync(id, Cancel),
                4 => _connection.Domains.FindByNameAsync("nobody", Cancel),
                5 => _connection.StoragePools.FindAsync(_pool, Cancel),
                6 => _connection.StorageVolumes.FindAsync(_pool, "nothing", Cancel),
                7 => _connection.Networks.ListAsync(Cancel),
                8 => _connection.Domains.GetAllStatisticsAsync(DomainStatisticsKinds.All, Cancel),
                _ => _connection.StoragePools.ListAsync(Cancel),
            });
        }
    }
}
