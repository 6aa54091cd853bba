namespace Berth.Libvirt.Tests.TestDriver;

public sealed class StorageTests : IAsyncLifetime
{
    private const string Pool = "<pool type='dir'><name>p</name><target><path>/nowhere/p</path></target></pool>";
    private const string Volume =
        "<volume><name>v</name><capacity>1048576</capacity><target><format type='raw'/></target></volume>";

    private TestHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LibvirtStoragePools Pools => _host.Connection.StoragePools;

    private LibvirtStorageVolumes Volumes => _host.Connection.StorageVolumes;

    public async ValueTask InitializeAsync() => _host = await TestHost.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_pool_goes_through_its_whole_life()
    {
        var uuid = await Pools.DefineAsync(Pool, Cancel);
        var defined = await Pools.FindAsync("p", Cancel);
        Assert.NotNull(defined);
        Assert.Equal((uuid, StoragePoolState.Inactive, true, false), (defined.Uuid, defined.State, defined.IsPersistent, defined.IsAutostarted));
        await Pools.BuildAsync("p", StoragePoolBuildMode.New, Cancel);
        await Pools.StartAsync("p", Cancel);
        await Pools.SetAutostartAsync("p", true, Cancel);
        await Pools.RefreshAsync("p", Cancel);
        var running = await Pools.FindAsync(uuid, Cancel);
        Assert.NotNull(running);
        Assert.True(running is { IsActive: true, IsAutostarted: true, Capacity: > 0 });
        Assert.Equal(running, Assert.Single(await Pools.ListAsync(Cancel)));
        Assert.Contains("<path>/nowhere/p</path>", await Pools.GetXmlAsync("p", Cancel), StringComparison.Ordinal);

        Assert.True(await Pools.DestroyAsync("p", Cancel));
        Assert.False(await Pools.DestroyAsync("p", Cancel));
        Assert.True(await Pools.UndefineAsync("p", Cancel));
        Assert.False(await Pools.UndefineAsync("p", Cancel));
        Assert.Null(await Pools.FindAsync("p", Cancel));
    }

    [Fact]
    public async Task A_transient_pool_is_gone_when_stopped()
    {
        await Pools.CreateAsync(Pool, Cancel);
        Assert.False((await Pools.FindAsync("p", Cancel))!.IsPersistent);

        Assert.True(await Pools.DestroyAsync("p", Cancel));

        Assert.Null(await Pools.FindAsync("p", Cancel));
    }

    [Fact]
    public async Task A_volume_is_made_found_cloned_listed_and_deleted()
    {
        await Pools.CreateAsync(Pool, Cancel);
        var made = await Volumes.CreateAsync("p", Volume, StorageVolumeCreateOptions.None, Cancel);
        Assert.Equal(("p", "v", "/nowhere/p/v", 1048576ul), (made.Pool, made.Name, made.Path, made.Capacity));
        Assert.Equal(made, await Volumes.FindAsync("p", "v", Cancel));
        Assert.Equal(made, await Volumes.FindByPathAsync("/nowhere/p/v", Cancel));
        Assert.Contains("<capacity unit='bytes'>1048576</capacity>", await Volumes.GetXmlAsync("p", "v", Cancel), StringComparison.Ordinal);
        var clone = await Volumes.CloneAsync(
            "p", Volume.Replace(">v<", ">w<", StringComparison.Ordinal), "p", "v", StorageVolumeCreateOptions.None, Cancel);
        Assert.Equal(["v", "w"], (await Volumes.ListAsync("p", Cancel))!.Select(volume => volume.Name).Order());
        Assert.Equal(clone, await Volumes.FindAsync("p", "w", Cancel));

        Assert.True(await Volumes.DeleteAsync("p", "v", Cancel));
        Assert.False(await Volumes.DeleteAsync("p", "v", Cancel));
        Assert.Null(await Volumes.FindAsync("p", "v", Cancel));
    }

    [Fact]
    public async Task What_does_not_exist_reads_as_null_and_fails_to_change_by_its_code()
    {
        Assert.Null(await Pools.FindAsync("absent", Cancel));
        Assert.Null(await Pools.FindAsync(Guid.NewGuid(), Cancel));
        Assert.Null(await Pools.GetXmlAsync("absent", Cancel));
        Assert.Null(await Volumes.ListAsync("absent", Cancel));
        Assert.Null(await Volumes.FindAsync("absent", "v", Cancel));
        Assert.Null(await Volumes.FindByPathAsync("/absent", Cancel));
        Assert.False(await Volumes.DeleteAsync("absent", "v", Cancel));
        var pool = await Assert.ThrowsAsync<LibvirtException>(() => Pools.StartAsync("absent", Cancel));
        Assert.Equal(LibvirtErrorCode.NoStoragePool, pool.Code);
        await Pools.CreateAsync(Pool, Cancel);
        var volume = await Assert.ThrowsAsync<LibvirtException>(
            () => Volumes.ResizeAsync("p", "absent", 1, StorageVolumeResizeOptions.None, Cancel));
        Assert.Equal(LibvirtErrorCode.NoStorageVolume, volume.Code);
    }

    [Fact]
    public async Task A_second_volume_of_the_same_name_is_refused_by_its_code()
    {
        await Pools.CreateAsync(Pool, Cancel);
        await Volumes.CreateAsync("p", Volume, StorageVolumeCreateOptions.None, Cancel);

        var error = await Assert.ThrowsAsync<LibvirtException>(
            () => Volumes.CreateAsync("p", Volume, StorageVolumeCreateOptions.None, Cancel));

        // The storage driver proper says StorageVolumeExists.
        Assert.Equal(LibvirtErrorCode.OperationFailed, error.Code);
    }
}
