using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Tests.VirtualMachines;

namespace Berth.NodeAgent.Tests.Admission;

public sealed class MemoryTests
{
    private const long Mebibyte = 1 << 20;
    private static readonly Guid Guest = new("11111111-1111-1111-1111-111111111111");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1000, 0, 0, 0, 0, 1000, false)]
    [InlineData(1000, 600, 200, 0, 100, 500, false)]
    [InlineData(1000, 600, 700, 0, 0, 1000, false)]
    [InlineData(1000, 1200, 100, 0, 0, -100, true)]
    [InlineData(1000, 900, 0, 0, 200, -100, false)]
    [InlineData(1000, 0, 0, 300, 0, 700, false)]
    [InlineData(1000, 600, 500, 600, 0, 400, false)]
    public void What_is_free_is_available_less_what_is_promised_and_not_taken(
        long available, long promised, long resident, long starting, long reserve, long free, bool isOvercommitted)
    {
        var guests = promised > 0 ? new[] { new GuestPromise(Guest, promised, resident) } : [];
        var balance = MemoryBalance.Of(available, guests, starting > 0 ? new Dictionary<Guid, long> { [Guest] = starting } : [], reserve);
        Assert.Equal((free, isOvercommitted), (balance.Free, balance.IsOvercommitted));
    }

    [Fact]
    public async Task A_guest_that_memory_cannot_hold_is_refused_and_released_and_one_that_it_can_starts()
    {
        await using var bench = await VirtualMachineBench.StartAsync();
        bench.HasAvailableMemory(1000);
        bench.Guests.Running = [new GuestPromise(Guest, Promised: 700 * Mebibyte, Resident: 0)];
        await bench.GivenAsync();
        await bench.PassAsync();
        Assert.Empty(bench.Domains.Calls);
        Assert.Equal(1, bench.Machine.Status!.ReleasedEpoch);
        Assert.Contains("Ready=False/PlacementRefused", bench.Conditions);
        Assert.Contains("too little free memory", bench.Machine.Status.Conditions.Find("Ready")!.Message, StringComparison.Ordinal);

        bench.Guests.Running = [];
        await bench.ChangeAsync(machine => machine with { Status = machine.Status! with { Binding = new Binding { NodeName = VirtualMachineBench.Node, Epoch = 2 } } });
        await bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm"], bench.Domains.Calls);
    }

    [Fact]
    public async Task A_running_guest_is_never_asked_for_room()
    {
        await using var bench = await VirtualMachineBench.StartAsync();
        await bench.GivenAsync();
        await bench.PassAsync();
        bench.HasAvailableMemory(1);
        bench.RestartAgent();
        await bench.SyncAsync();
        await bench.PassAsync();
        Assert.True(bench.Domain!.IsActive);
        Assert.Contains("Ready=True/Running", bench.Conditions);
    }
}
