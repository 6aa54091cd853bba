using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>A guest that QEMU paused because its storage is full.</summary>
public sealed class StorageStopTests : IAsyncLifetime
{
    private const string Uid = "22222222-0000-4000-8000-000000000000";

    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task It_goes_on_when_there_is_room()
    {
        await RunInAsync(_bench.StateFolder);
        _bench.Domains.Pause(_bench.Id, byStorage: true);
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm", "resume ns.vm"], _bench.Domains.Calls);
        Assert.Equal(["Started", "Resumed"], _bench.Events.Reasons);
        Assert.Contains("Ready=True/Running", _bench.Conditions);
    }

    [Fact]
    public async Task While_there_is_none_it_stays_paused_and_says_so_once()
    {
        await RunInAsync("/no/such/folder");
        _bench.Domains.Pause(_bench.Id, byStorage: true);
        await _bench.PassAsync();
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.Equal(["Started", "NoSpace"], _bench.Events.Reasons);
        Assert.Contains("Ready=False/NoSpace", _bench.Conditions);
        Assert.Equal(VirtualMachineStates.Paused, _bench.Machine.Status!.State);
        Assert.Contains("/no/such/folder", _bench.Machine.Status.Conditions.Find("Ready")!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_a_person_paused_is_left_so()
    {
        await RunInAsync(_bench.StateFolder);
        _bench.Domains.Pause(_bench.Id, byStorage: false);
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.Contains("Ready=False/GuestPaused", _bench.Conditions);
    }

    [Fact]
    public async Task It_does_not_go_on_where_the_API_server_says_that_it_is_elsewhere()
    {
        await RunInAsync(_bench.StateFolder);
        _bench.Domains.Pause(_bench.Id, byStorage: true);
        await _bench.FreezeStoreAsync();
        _bench.Server.Patch<VirtualMachine>("vm", "ns", (JsonObject)JsonNode.Parse("""{"status":{"binding":{"nodeName":"node-2","epoch":2}}}""")!, "status");
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
    }

    [Fact]
    public async Task One_that_is_stopped_again_and_again_is_tried_ever_more_seldom()
    {
        await RunInAsync(_bench.StateFolder);
        for (var round = 0; round < 2; round++)
        {
            _bench.Domains.Pause(_bench.Id, byStorage: true);
            await _bench.PassAsync();
            await _bench.SyncAsync();
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
        }

        _bench.Domains.Pause(_bench.Id, byStorage: true);
        var waits = await _bench.PassAsync();
        Assert.Equal(2, _bench.Domains.Calls.Count(call => call == "resume ns.vm"));
        Assert.Contains("Ready=False/NoSpace", _bench.Conditions);
        await _bench.SyncAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(11));
        await _bench.PassAsync();
        Assert.Equal(3, _bench.Domains.Calls.Count(call => call == "resume ns.vm"));
        Assert.NotNull(waits.RequeueAfter);
    }

    private async Task RunInAsync(string folder)
    {
        await _bench.GivenVolumeAsync(new StorageVolume
        {
            Metadata = new V1ObjectMeta { Name = "data", NamespaceProperty = "ns", Uid = Uid, Generation = 1 },
            Status = new StorageVolumeStatus { Path = $"{folder}/ns.data.{Uid[..8]}", Format = "qcow2", Conditions = [Condition.True("Ready", "Available")] },
        });
        await _bench.GivenAsync(new VirtualMachineSpec
        {
            Memory = new Memory { Size = Quantity.Parse("64Mi") },
            Disks = [new Disk { Name = "root", Volume = new LocalObjectReference { Name = "data" } }],
        });
        await _bench.PassAsync();
        await _bench.SyncAsync();
    }
}
