using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.Leaks;

/// <summary>Passes of the VMs' reconciler over a real libvirtd keep no handle and no memory.</summary>
[Collection(nameof(Alone))]
public sealed class ReconcileLeakTests(PrivateHost libvirt, ITestOutputHelper output) : IClassFixture<PrivateHost>
{
    private const int MaxGrowth = 256 << 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_thousand_passes_keep_nothing() => PassAsync(passes: 1000, lives: 5);

    [Fact]
    [Trait("Category", "Long")]
    public Task Ten_thousand_passes_keep_nothing() => PassAsync(passes: 10_000, lives: 100);

    private async Task PassAsync(int passes, int lives)
    {
        await using var connection = await libvirt.OpenAsync();
        await using var bench = await VirtualMachineBench.StartAsync(domains: new HostDomains(connection));
        await bench.GivenAsync(new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("32Mi") }, TerminationGracePeriodSeconds = 0 });
        for (var life = 0; life < lives; life++)
        {
            await BecomesAsync(bench, PowerStates.Running, VirtualMachineStates.Running);
            await BecomesAsync(bench, PowerStates.Stopped, VirtualMachineStates.Stopped);
            await bench.ChangeAsync(machine => machine with { Status = machine.Status! with { ReleasedEpoch = null, Binding = machine.Status.Binding! with { Epoch = machine.Epoch() + 1 } } });
        }

        await BecomesAsync(bench, PowerStates.Running, VirtualMachineStates.Running);
        var before = 0L;
        for (var pass = 0; pass < passes; pass++)
        {
            before = pass == passes / 5 ? GC.GetTotalMemory(forceFullCollection: true) : before;
            await bench.PassAsync();
        }

        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        var open = Enum.GetValues<LibvirtObjectKind>().Where(kind => kind is not (LibvirtObjectKind.Connection or LibvirtObjectKind.Callback)).Sum(LibvirtHandles.Open);
        output.WriteLine($"{lives} lives and {passes} passes: {open} handles, the managed heap grew by {growth} bytes over the last {passes - (passes / 5)}");
        Assert.Equal(0, open);
        Assert.True(growth < MaxGrowth, $"the managed heap grew by {growth} bytes");
        await BecomesAsync(bench, PowerStates.Stopped, VirtualMachineStates.Stopped);
        Assert.Null(await connection.Domains.FindAsync(bench.Id, Cancel));
    }

    private static async Task BecomesAsync(VirtualMachineBench bench, string asked, string state)
    {
        await bench.EditAsync(spec => spec with { PowerState = asked });
        for (var pass = 0; bench.Machine.Status?.State != state; pass++)
        {
            Assert.True(pass < 20, $"not {state}: {string.Join(' ', bench.Conditions)}");
            await bench.PassAsync();
            await bench.SyncAsync();
        }
    }
}

/// <summary>Handles are counted, and the heap is measured, for the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
