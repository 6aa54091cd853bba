using System.Security.Cryptography;

namespace Berth.Libvirt.Tests.Daemon;

[Collection(nameof(PrivateHost))]
public sealed class StorageAndNetworkTests(PrivateHost host) : IAsyncLifetime
{
    private readonly string _pool = $"pool-{Guid.NewGuid():N}";
    private LibvirtConnection _connection = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LibvirtStorageVolumes Volumes => _connection.StorageVolumes;

    private string PoolPath => Path.Combine(host.Folder, _pool);

    public async ValueTask InitializeAsync()
    {
        _connection = await host.OpenAsync();
        await _connection.StoragePools.DefineAsync(
            $"<pool type='dir'><name>{_pool}</name><target><path>{PoolPath}</path></target></pool>", Cancel);
        await _connection.StoragePools.BuildAsync(_pool, StoragePoolBuildMode.New, Cancel);
        await _connection.StoragePools.StartAsync(_pool, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.StoragePools.DestroyAsync(_pool, CancellationToken.None);
        await _connection.StoragePools.UndefineAsync(_pool, CancellationToken.None);
        await _connection.DisposeAsync();
        Assert.Equal(0, LibvirtHandles.Total);
    }

    [Fact]
    public async Task A_volume_holds_what_was_uploaded_and_gives_it_back_byte_for_byte()
    {
        var content = RandomNumberGenerator.GetBytes((3 * 1024 * 1024) + 17);
        var made = await Volumes.CreateAsync(_pool, Raw("v", content.Length), StorageVolumeCreateOptions.None, Cancel);
        var progress = new Recorder();

        var sent = await Volumes.UploadAsync(_pool, "v", new MemoryStream(content), progress, Cancel);

        Assert.Equal(content.Length, sent);
        Assert.Equal(content, await File.ReadAllBytesAsync(made.Path, Cancel));
        Assert.Equal(progress.Reports.Order(), progress.Reports);
        Assert.Equal(content.Length, progress.Reports[^1]);
        using var whole = new MemoryStream();
        Assert.Equal(content.Length, await Volumes.DownloadAsync(_pool, "v", whole, 0, 0, null, Cancel));
        Assert.Equal(content, whole.ToArray());
        using var part = new MemoryStream();
        await Volumes.DownloadAsync(_pool, "v", part, 1000, 500, null, Cancel);
        Assert.Equal(content[1000..1500], part.ToArray());
    }

    [Fact]
    public async Task An_upload_is_cancelled_between_two_pieces_and_the_volume_is_free_again()
    {
        await Volumes.CreateAsync(_pool, Raw("v", 64 << 20), StorageVolumeCreateOptions.None, Cancel);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var progress = new Recorder { OnReport = cancellation.Cancel };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Volumes.UploadAsync(_pool, "v", new MemoryStream(new byte[64 << 20]), progress, cancellation.Token));

        Assert.Single(progress.Reports);
        await Volumes.WipeAsync(_pool, "v", Cancel);
        Assert.True(await Volumes.DeleteAsync(_pool, "v", Cancel));
    }

    [Fact]
    public async Task A_source_that_breaks_fails_the_upload_with_its_own_error()
    {
        await Volumes.CreateAsync(_pool, Raw("v", 1 << 20), StorageVolumeCreateOptions.None, Cancel);

        await Assert.ThrowsAsync<InvalidDataException>(
            () => Volumes.UploadAsync(_pool, "v", new BrokenStream(), null, Cancel));

        Assert.True(await Volumes.DeleteAsync(_pool, "v", Cancel));
    }

    [Fact]
    public async Task A_qcow2_volume_on_a_backing_volume_is_made_resized_and_cloned()
    {
        var basis = await Volumes.CreateAsync(_pool, Raw("base", 1 << 20), StorageVolumeCreateOptions.None, Cancel);
        var overlay = $"""
            <volume><name>overlay</name><capacity>2097152</capacity><target><format type='qcow2'/></target>
              <backingStore><path>{basis.Path}</path><format type='raw'/></backingStore></volume>
            """;

        var made = await Volumes.CreateAsync(_pool, overlay, StorageVolumeCreateOptions.None, Cancel);
        await Volumes.ResizeAsync(_pool, "overlay", 4 << 20, StorageVolumeResizeOptions.None, Cancel);
        var clone = await Volumes.CloneAsync(
            _pool, Raw("copy", 1 << 20), _pool, "base", StorageVolumeCreateOptions.None, Cancel);

        Assert.Equal(2097152ul, made.Capacity);
        Assert.Equal(4ul << 20, (await Volumes.FindAsync(_pool, "overlay", Cancel))!.Capacity);
        Assert.Contains(basis.Path, await Volumes.GetXmlAsync(_pool, "overlay", Cancel), StringComparison.Ordinal);
        Assert.Equal(clone, await Volumes.FindByPathAsync(clone.Path, Cancel));
        Assert.Equal(3, (await Volumes.ListAsync(_pool, Cancel))!.Count);
        Assert.Equal(_pool, (await _connection.StoragePools.FindByTargetPathAsync(PoolPath, Cancel))!.Name);
        var twice = await Assert.ThrowsAsync<LibvirtException>(
            () => Volumes.CreateAsync(_pool, Raw("base", 1), StorageVolumeCreateOptions.None, Cancel));
        Assert.Equal(LibvirtErrorCode.StorageVolumeExists, twice.Code);
    }

    [Fact]
    public async Task A_volume_that_somebody_deleted_behind_libvirts_back_can_be_deleted_after_a_refresh_tells()
    {
        var made = await Volumes.CreateAsync(_pool, Raw("v", 4096), StorageVolumeCreateOptions.None, Cancel);
        File.Delete(made.Path);

        await _connection.StoragePools.RefreshAsync(_pool, Cancel);

        Assert.Null(await Volumes.FindAsync(_pool, "v", Cancel));
        Assert.False(await Volumes.DeleteAsync(_pool, "v", Cancel));
    }

    [Fact]
    public async Task A_nat_network_runs_without_leases_and_takes_hosts_while_it_does()
    {
        var networks = _connection.Networks;
        await networks.DefineAsync(
            """
            <network><name>nat</name><bridge name='vbnat0'/><forward mode='nat'/>
              <ip address='192.168.78.1' netmask='255.255.255.0'><dhcp><range start='192.168.78.10' end='192.168.78.20'/></dhcp></ip>
            </network>
            """,
            Cancel);
        try
        {
            await networks.StartAsync("nat", Cancel);
            Assert.True(await networks.FindAsync("nat", Cancel) is { IsActive: true, IsPersistent: true, Bridge: "vbnat0" });
            Assert.Empty((await networks.GetDhcpLeasesAsync("nat", null, Cancel))!);
            await networks.UpdateAsync(
                "nat",
                NetworkUpdateCommand.AddLast,
                NetworkSection.IPDhcpHost,
                "<host mac='52:54:00:00:00:07' name='seven' ip='192.168.78.15'/>",
                DomainImpact.Live | DomainImpact.Config,
                Cancel);
            Assert.Contains("192.168.78.15", await networks.GetXmlAsync("nat", inactive: false, Cancel), StringComparison.Ordinal);
            Assert.Contains("192.168.78.15", await networks.GetXmlAsync("nat", inactive: true, Cancel), StringComparison.Ordinal);
        }
        finally
        {
            await networks.DestroyAsync("nat", CancellationToken.None);
            await networks.UndefineAsync("nat", CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_secret_is_defined_set_and_removed()
    {
        var uuid = await _connection.Secrets.DefineAsync(
            "<secret ephemeral='yes' private='yes'><description>test</description></secret>", Cancel);

        await _connection.Secrets.SetValueAsync(uuid, "hidden"u8.ToArray(), Cancel);

        Assert.True(await _connection.Secrets.UndefineAsync(uuid, Cancel));
        Assert.False(await _connection.Secrets.UndefineAsync(uuid, Cancel));
        var gone = await Assert.ThrowsAsync<LibvirtException>(
            () => _connection.Secrets.SetValueAsync(uuid, "hidden"u8.ToArray(), Cancel));
        Assert.Equal(LibvirtErrorCode.NoSecret, gone.Code);
    }

    private static string Raw(string name, long length) =>
        $"<volume><name>{name}</name><capacity>{length}</capacity><target><format type='raw'/></target></volume>";

    private sealed class Recorder : IProgress<long>
    {
        internal List<long> Reports { get; } = [];

        internal Action? OnReport { get; init; }

        public void Report(long value)
        {
            Reports.Add(value);
            OnReport?.Invoke();
        }
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new InvalidDataException("broken");
    }
}
