namespace Berth.Libvirt.Tests.TestDriver;

public sealed class NetworkAndNodeTests : IAsyncLifetime
{
    private const string Network =
        """
        <network><name>n</name><bridge name='vbtest0'/><forward mode='nat'/>
          <ip address='192.168.77.1' netmask='255.255.255.0'><dhcp><range start='192.168.77.10' end='192.168.77.20'/></dhcp></ip>
        </network>
        """;

    private TestHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LibvirtNetworks Networks => _host.Connection.Networks;

    private LibvirtNode Node => _host.Connection.Node;

    public async ValueTask InitializeAsync() => _host = await TestHost.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_network_goes_through_its_whole_life()
    {
        var uuid = await Networks.DefineAsync(Network, Cancel);
        Assert.Equal(new NetworkInfo(uuid, "n", false, true, false, "vbtest0"), await Networks.FindAsync("n", Cancel));
        await Networks.StartAsync("n", Cancel);
        await Networks.SetAutostartAsync("n", true, Cancel);
        var running = new NetworkInfo(uuid, "n", true, true, true, "vbtest0");
        Assert.Equal(running, await Networks.FindAsync(uuid, Cancel));
        Assert.Equal(running, Assert.Single(await Networks.ListAsync(Cancel)));
        await Networks.UpdateAsync(
            "n",
            NetworkUpdateCommand.AddLast,
            NetworkSection.IPDhcpHost,
            "<host mac='52:54:00:00:00:07' ip='192.168.77.15'/>",
            DomainImpact.Live | DomainImpact.Config,
            Cancel);
        Assert.Contains("192.168.77.15", await Networks.GetXmlAsync("n", inactive: false, Cancel), StringComparison.Ordinal);

        Assert.True(await Networks.DestroyAsync("n", Cancel));
        Assert.False(await Networks.DestroyAsync("n", Cancel));
        Assert.True(await Networks.UndefineAsync("n", Cancel));
        Assert.False(await Networks.UndefineAsync("n", Cancel));
    }

    [Fact]
    public async Task What_does_not_exist_reads_as_null_and_fails_to_change_by_its_code()
    {
        Assert.Null(await Networks.FindAsync("absent", Cancel));
        Assert.Null(await Networks.FindAsync(Guid.NewGuid(), Cancel));
        Assert.Null(await Networks.GetXmlAsync("absent", false, Cancel));
        Assert.Null(await Networks.GetDhcpLeasesAsync("absent", null, Cancel));
        var error = await Assert.ThrowsAsync<LibvirtException>(() => Networks.StartAsync("absent", Cancel));
        Assert.Equal(LibvirtErrorCode.NoNetwork, error.Code);
    }

    [Fact]
    public async Task The_node_tells_its_name_versions_cpus_and_memory()
    {
        Assert.NotEmpty(await Node.GetHostnameAsync(Cancel));
        var versions = await Node.GetVersionsAsync(Cancel);
        Assert.True(versions.Daemon >= new Version(8, 0, 0));
        Assert.Equal(versions.Library, versions.Daemon);
        Assert.Equal(new Version(0, 0, 2), versions.Hypervisor);
        var info = await Node.GetInfoAsync(Cancel);
        Assert.Equal((16777216ul, 8, 2), (info.MemoryKib, info.Cpus, info.NumaNodes));
        Assert.Contains("<capabilities>", await Node.GetCapabilitiesXmlAsync(Cancel), StringComparison.Ordinal);
    }
}
