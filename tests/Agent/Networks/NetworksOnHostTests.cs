using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Tests.Storage;
using Berth.NodeAgent.VirtualNetworks;
using Berth.Testing.ApiServer;

namespace Berth.NodeAgent.Tests.Networks;

/// <summary>Virtual networks over a real libvirtd.</summary>
public sealed class NetworksOnHostTests(PrivateHost libvirt) : IClassFixture<PrivateHost>, IAsyncLifetime
{
    private static int s_subnets;

    private readonly int _subnet = Interlocked.Increment(ref s_subnets);
    private readonly string _name = "n" + Guid.NewGuid().ToString("N")[..6];
    private FakeApiServer _server = null!;
    private StorageAgent _agent = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Libvirt => "berth-" + _name;

    public async ValueTask InitializeAsync()
    {
        _server = await StorageAgent.StartServerAsync();
        _agent = await StorageAgent.StartAsync(_server, libvirt.Uri);
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Brings_a_nat_network_up_and_reports_its_bridge()
    {
        var network = await AddAsync();

        var status = _agent.Report.Network(_name)!;
        Assert.Equal((true, NetworkReasons.Available, "vb" + network.Uid()[..8]), (status.Available, status.Reason, status.Bridge));
        await using var connection = await libvirt.OpenAsync();
        var found = (await connection.Networks.FindAsync(Libvirt, Cancellation))!;
        Assert.Equal((Guid.Parse(network.Uid()), true, false, status.Bridge), (found.Uuid, found.IsActive, found.IsAutostarted, found.Bridge));
        Assert.Empty(await _agent.Get<INetworkLeases>().FindAsync(_name, "52:54:00:00:00:01", Cancellation));
        Assert.Empty(await _agent.Get<INetworkLeases>().FindAsync("no-such-network", "52:54:00:00:00:01", Cancellation));
    }

    [Fact]
    public async Task Looks_alike_to_itself_after_a_restart()
    {
        await AddAsync();
        await using var connection = await libvirt.OpenAsync();
        var before = await connection.Networks.GetXmlAsync(Libvirt, inactive: false, Cancellation);
        await _agent.DisposeAsync();

        _agent = await StorageAgent.StartAsync(_server, libvirt.Uri);
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name)?.Available == true);

        Assert.Equal(before, await connection.Networks.GetXmlAsync(Libvirt, inactive: false, Cancellation));
    }

    [Fact]
    public async Task Starts_a_network_that_was_stopped()
    {
        await AddAsync();
        await using var connection = await libvirt.OpenAsync();
        await connection.Networks.DestroyAsync(Libvirt, Cancellation);

        await LookAgainAsync();

        Assert.True((await connection.Networks.FindAsync(Libvirt, Cancellation))!.IsActive);
    }

    [Fact]
    public async Task Sets_a_changed_network_up_anew_while_nobody_is_connected()
    {
        await AddAsync();

        _agent.Patch<VirtualNetwork>(_name, null, """{"spec":{"bridge":"br-test"}}""");
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name)!.Bridge == "br-test");

        await using var connection = await libvirt.OpenAsync();
        Assert.Equal("br-test", (await connection.Networks.FindAsync(Libvirt, Cancellation))!.Bridge);
    }

    [Fact]
    public async Task Leaves_a_network_alone_that_a_running_domain_is_connected_to()
    {
        var network = await AddAsync();
        await using var connection = await libvirt.OpenAsync();
        var domain = await DefineAsync(connection);
        await connection.Domains.StartAsync(domain, DomainStartOptions.Paused, Cancellation);

        _agent.Patch<VirtualNetwork>(_name, null, """{"spec":{"bridge":"br-late"}}""");
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name)!.Reason == NetworkReasons.NeedsRestart);
        Assert.Equal((true, "vb" + network.Uid()[..8]), (_agent.Report.Network(_name)!.Available, _agent.Report.Network(_name)!.Bridge));

        await connection.Domains.DestroyAsync(domain, graceful: false, Cancellation);
        await LookAgainAsync();
        Assert.Equal("br-late", _agent.Report.Network(_name)!.Bridge);
        await connection.Domains.UndefineAsync(domain, DomainUndefineOptions.None, Cancellation);
    }

    [Fact]
    public async Task A_deleted_network_outlives_the_domains_that_are_connected_to_it()
    {
        await AddAsync();
        await using var connection = await libvirt.OpenAsync();
        var domain = await DefineAsync(connection);

        _server.Delete<VirtualNetwork>(_name);
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name) is { Available: false, Reason: NetworkReasons.InUse });
        await LookAgainAsync();
        Assert.NotNull(await connection.Networks.FindAsync(Libvirt, Cancellation));
        await connection.Domains.UndefineAsync(domain, DomainUndefineOptions.None, Cancellation);
        await LookAgainAsync();

        Assert.Null(_agent.Report.Network(_name));
        Assert.Null(await connection.Networks.FindAsync(Libvirt, Cancellation));
    }

    [Fact]
    public async Task A_network_of_the_same_name_that_is_not_ours_is_never_touched()
    {
        await using var connection = await libvirt.OpenAsync();
        await connection.Networks.DefineAsync($"<network><name>{Libvirt}</name></network>", Cancellation);
        var before = await connection.Networks.GetXmlAsync(Libvirt, inactive: true, Cancellation);

        _server.Seed(Build());
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name)?.Reason == NetworkReasons.NameTaken);
        _server.Delete<VirtualNetwork>(_name);
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name) is null);
        await LookAgainAsync();

        Assert.Equal(before, await connection.Networks.GetXmlAsync(Libvirt, inactive: true, Cancellation));
    }

    [Fact]
    public async Task A_network_left_by_a_former_object_of_the_name_makes_room()
    {
        var former = await AddAsync();
        await _agent.DisposeAsync();
        _server.Delete<VirtualNetwork>(_name);
        var network = _server.Seed(Build());
        Assert.NotEqual(former.Uid(), network.Uid());

        _agent = await StorageAgent.StartAsync(_server, libvirt.Uri);
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name)?.Available == true);

        await using var connection = await libvirt.OpenAsync();
        Assert.Equal(Guid.Parse(network.Uid()), (await connection.Networks.FindAsync(Libvirt, Cancellation))!.Uuid);
    }

    [Fact]
    public async Task A_subnet_that_another_network_has_is_reported_in_libvirts_words()
    {
        await AddAsync();
        var other = Build();
        other.Metadata.Name = _name + "x";

        _server.Seed(other);
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name + "x")?.Reason == NetworkReasons.LibvirtFailed);

        Assert.NotEmpty(_agent.Report.Network(_name + "x")!.Message!);
    }

    [Fact]
    public async Task What_is_not_carried_out_is_reported_and_not_tried()
    {
        var network = Build();
        network.Spec.Mode = "macvtap";

        _server.Seed(network);
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name) is not null);

        Assert.Equal(ConditionReasons.NotSupported, _agent.Report.Network(_name)!.Reason);
        Assert.Contains("spec.mode", _agent.Report.Network(_name)!.Message, StringComparison.Ordinal);
    }

    private VirtualNetwork Build() => new()
    {
        Metadata = new V1ObjectMeta { Name = _name },
        Spec = new VirtualNetworkSpec { Subnet = $"10.77.{_subnet}.0/24", Dhcp = new DhcpRange { Start = $"10.77.{_subnet}.10", End = $"10.77.{_subnet}.20" } },
    };

    private async Task<VirtualNetwork> AddAsync()
    {
        var network = _server.Seed(Build());
        await StorageAgent.UntilAsync(() => _agent.Report.Network(_name)?.Available == true, () => $"{_agent.Report.Network(_name)}");
        return network;
    }

    private async Task LookAgainAsync() => await _agent.Get<VirtualNetworkReconciler>().ReconcileAsync(new ObjectKey(null, _name), Cancellation);

    private Task<Guid> DefineAsync(LibvirtConnection connection) => connection.Domains.DefineAsync(
        $"""
        <domain type='qemu'><name>{_name}</name><memory unit='MiB'>16</memory><os><type machine='pc'>hvm</type></os>
        <devices><interface type='network'><source network='{Libvirt}'/><model type='virtio'/></interface></devices></domain>
        """,
        validate: false, Cancellation);
}
