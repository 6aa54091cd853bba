namespace Berth.Libvirt.Tests.TestDriver;

public sealed class ConnectionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_failure_to_connect_is_thrown_by_Open()
    {
        var error = await Assert.ThrowsAsync<LibvirtException>(
            () => LibvirtConnection.OpenAsync("qemu+unix:///system?socket=/nowhere/libvirt-sock", null, Cancel));

        Assert.Equal("virConnectOpenAuth", error.Operation);
        Assert.Equal(LibvirtErrorDomain.Rpc, error.Domain);
    }

    [Fact]
    public async Task A_connection_that_is_not_up_yet_fails_calls_at_once_and_says_why()
    {
        await using var connection = LibvirtConnection.Start("qemu+unix:///system?socket=/nowhere/libvirt-sock", null);

        var error = await Assert.ThrowsAsync<LibvirtException>(() => connection.Domains.ListAsync(Cancel));

        Assert.Equal(LibvirtErrorCode.NotConnected, error.Code);
        Assert.True(error.IsConnectionLost);
        Assert.False(connection.IsConnected);
        Assert.False(await connection.IsAliveAsync(TimeSpan.FromSeconds(5), Cancel));
        while (connection.LastFailure is null)
        {
            await Task.Yield();
        }

        Assert.Contains("/nowhere/libvirt-sock", connection.LastFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_background_connection_comes_up_by_itself()
    {
        await using var connection = LibvirtConnection.Start("test:///default", null);

        await connection.WaitUntilConnectedAsync(Cancel);

        Assert.True(connection.IsConnected);
        Assert.Null(connection.LastFailure);
        Assert.True(await connection.IsAliveAsync(TimeSpan.FromSeconds(5), Cancel));
    }

    [Fact]
    public async Task Five_hundred_calls_at_once_all_get_their_own_answers()
    {
        await using var host = await TestHost.OpenAsync();
        var uuids = Enumerable.Range(0, 50).Select(_ => Guid.NewGuid()).ToArray();
        await Task.WhenAll(uuids.Select((uuid, i) =>
            host.Connection.Domains.DefineAsync(TestHost.DomainXml($"d{i}", uuid), false, Cancel)));

        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
            i % 5 == 4
                ? (await Assert.ThrowsAsync<LibvirtException>(
                    () => host.Connection.Domains.StartAsync(Guid.Empty, DomainStartOptions.None, Cancel))).Code.ToString()
                : (await host.Connection.Domains.FindAsync(uuids[i % 50], Cancel))!.Name));

        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal(i % 5 == 4 ? nameof(LibvirtErrorCode.NoDomain) : $"d{i % 50}", answers[i]);
        }
    }

    [Fact]
    public async Task Many_hosts_share_the_threads_of_one_dispatcher()
    {
        using var dispatcher = new LibvirtDispatcher();
        var options = new LibvirtConnectionOptions { Dispatcher = dispatcher };
        var hosts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TestHost.OpenAsync(options)));

        await Task.WhenAll(hosts.Select((host, i) =>
            host.Connection.Domains.DefineAsync(TestHost.DomainXml($"d{i}", Guid.NewGuid()), false, Cancel)));

        for (var i = 0; i < hosts.Length; i++)
        {
            Assert.Equal($"d{i}", Assert.Single(await hosts[i].Connection.Domains.ListAsync(Cancel)).Name);
        }

        await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        Assert.Equal(0, LibvirtHandles.Total);
    }

    [Fact]
    public async Task Disposal_in_the_middle_of_calls_ends_every_one_of_them()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var host = await TestHost.OpenAsync();
            var calls = Enumerable.Range(0, 100).Select(_ => host.Connection.Domains.ListAsync(Cancel)).ToArray();
            await host.Connection.DisposeAsync();

            foreach (var call in calls)
            {
                try
                {
                    Assert.Empty(await call.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
                }
                catch (Exception exception) when (exception is ObjectDisposedException or LibvirtException)
                {
                    // Too late for this one.
                }
            }

            await Assert.ThrowsAsync<ObjectDisposedException>(() => host.Connection.Domains.ListAsync(Cancel));
        }
    }

    [Fact]
    public async Task No_handle_and_no_callback_is_left_after_use()
    {
        await using (var host = await TestHost.OpenAsync())
        {
            var uuid = Guid.NewGuid();
            var connection = host.Connection;
            await connection.Domains.DefineAsync(TestHost.DomainXml("a", uuid), false, Cancel);
            await connection.Domains.StartAsync(uuid, DomainStartOptions.None, Cancel);
            await connection.StoragePools.CreateAsync(
                "<pool type='dir'><name>p</name><target><path>/nowhere</path></target></pool>", Cancel);
            await connection.StorageVolumes.CreateAsync(
                "p", "<volume><name>v</name><capacity>1</capacity></volume>", StorageVolumeCreateOptions.None, Cancel);
            await connection.StorageVolumes.ListAsync("p", Cancel);
            await connection.Networks.DefineAsync("<network><name>n</name></network>", Cancel);
            await connection.Networks.ListAsync(Cancel);
            await Assert.ThrowsAsync<LibvirtException>(() => connection.Domains.DefineAsync("<", false, Cancel));
            await connection.Domains.ListAsync(Cancel);

            Assert.Equal(1, LibvirtHandles.Open(LibvirtObjectKind.Connection));
            Assert.True(LibvirtHandles.Open(LibvirtObjectKind.Callback) > 3);
            Assert.Equal(0, LibvirtHandles.Open(LibvirtObjectKind.Domain));
            Assert.Equal(0, LibvirtHandles.Open(LibvirtObjectKind.StorageVolume));
        }

        Assert.All(Enum.GetValues<LibvirtObjectKind>(), kind => Assert.Equal((kind, 0), (kind, LibvirtHandles.Open(kind))));
    }
}
