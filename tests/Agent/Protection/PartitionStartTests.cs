using Berth.NodeAgent.Tests.VirtualMachines;

namespace Berth.NodeAgent.Tests.Protection;

/// <summary>The partition is never a reason not to start a guest.</summary>
public sealed class PartitionStartTests : IAsyncLifetime
{
    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await VirtualMachineBench.StartAsync();
        _bench.HasControlGroups();
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_guest_starts_in_the_partition()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        Assert.Contains("<partition>/berth</partition>", _bench.Domains.Definitions[_bench.Id], StringComparison.Ordinal);
        Assert.True(_bench.Partition.IsProven);
    }

    [Fact]
    public async Task A_guest_that_does_not_start_in_it_starts_without_and_the_reason_is_kept()
    {
        _bench.Domains.PartitionFailure = "no such group";
        await _bench.GivenAsync();
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm", "define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.True(_bench.Domain!.IsActive);
        Assert.DoesNotContain("<partition>", _bench.Domains.Definitions[_bench.Id], StringComparison.Ordinal);
        Assert.Contains("no such group", _bench.Partition.Problem, StringComparison.Ordinal);
        Assert.Null(_bench.Partition.Prepare());
    }

    [Fact]
    public async Task A_guest_that_does_not_start_either_way_says_nothing_about_the_partition()
    {
        _bench.Domains.StartFailure = "a disk is in use";
        await _bench.GivenAsync();
        await _bench.PassAsync();
        Assert.Contains("Reconciling=True/StartFailed", _bench.Conditions);
        Assert.Null(_bench.Partition.Problem);
        Assert.Equal("/berth", _bench.Partition.Prepare());
    }

    [Fact]
    public async Task A_partition_that_has_served_is_not_doubted_when_another_start_fails()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        await _bench.SyncAsync();
        _bench.Domains.StartFailure = "a disk is in use";
        _bench.Domains.End(_bench.Id, NodeAgent.VirtualMachines.DomainEnd.Crashed);
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm", "define ns.vm", "start ns.vm"], _bench.Domains.Calls);
    }

    [Fact]
    public async Task The_second_try_asks_again_whose_the_VM_is()
    {
        await _bench.GivenAsync();
        _bench.Domains.PartitionFailure = "no such group";
        _bench.Domains.Started += () => _bench.Server.Patch<Api.VirtualMachine>(
            "vm", "ns", (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse("""{"status":{"binding":{"nodeName":"node-2","epoch":2}}}""")!, "status");
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
    }
}
