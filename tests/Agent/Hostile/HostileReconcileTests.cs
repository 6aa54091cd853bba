using System.Diagnostics;
using Berth.Api;
using Berth.Api.Tests;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.Testing.Hostile;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>No spec ends a pass of the agent by an exception, each leaves its reason in the status, and none leads libvirt out of the agent's folders.</summary>
public sealed class HostileReconcileTests(ITestOutputHelper output)
{
    private const int PerBench = 1000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Any_spec_ends_in_a_reason() => ReconcileAsync(2000);

    [Fact]
    [Trait("Category", "Long")]
    public Task Any_of_a_hundred_thousand_specs_ends_in_a_reason() => ReconcileAsync(100_000);

    /// <summary>The same over the wire, for what client and server make of it.</summary>
    [Fact]
    public async Task Any_spec_from_an_API_server_ends_in_a_reason()
    {
        var specs = new HostileSpecs(output);
        await using var bench = await VirtualMachineBench.StartAsync();
        for (var round = 0; round < 100; round++)
        {
            await bench.GivenAsync(specs.Next());
            await bench.PassAsync();
            if (bench.Machine.Status?.Conditions is null or { Count: 0 })
            {
                // A wait that is worth no write at first.
                bench.Time.Advance(TimeSpan.FromMinutes(1));
                await bench.PassAsync();
            }

            HasReason(bench.Machine.Status?.Conditions ?? [], specs.Which);
        }
    }

    private async Task ReconcileAsync(int count)
    {
        var specs = new HostileSpecs(output);
        await using var libvirt = await LibvirtConnection.OpenAsync("test:///default", null, Cancel);
        var (defined, started, peak, clock) = (0, 0, 0L, Stopwatch.StartNew());
        for (var done = 0; done < count; done += PerBench)
        {
            using var bench = new HostileBench(libvirt);
            for (var round = done; round < Math.Min(count, done + PerBench); round++)
            {
                var said = await bench.LiveAndDieAsync(specs.Next());
                HasReason(said, specs.Which);
                Assert.True(bench.Domains.Escapes is [], $"{specs.Which}: {string.Join(' ', bench.Domains.Escapes)}");
                started += said.Any(condition => condition is { Type: ConditionTypes.Ready, Status: ConditionStatus.True }) ? 1 : 0;
            }

            Assert.Empty(bench.Files);
            defined += bench.Domains.Defined;
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
        }

        output.WriteLine($"{count} specs: libvirt took {defined}, {started} ran; {clock.Elapsed.TotalSeconds:F0} s, {Environment.CpuUsage.TotalTime.TotalSeconds:F0} s of processor time; managed heap at most {peak >> 20} MiB");
        Assert.InRange(started, count / 100, count);
    }

    private static void HasReason(IEnumerable<Condition> conditions, string which)
    {
        Assert.True(conditions.Any(condition => condition.Type == ConditionTypes.Ready), $"{which}: no word on it");
        Assert.All(conditions, condition => Assert.True(condition.Reason != ConditionReasons.Error && !condition.Message.Any(char.IsControl), $"{which}: {condition}"));
    }

    /// <summary>Specs of which half are wild, and half nearly right.</summary>
    private sealed class HostileSpecs
    {
        private readonly int _seed = HostileSeed.Next();
        private readonly RandomObjects _wild;
        private readonly HostileMachines _likely;
        private int _round = -1;

        public HostileSpecs(ITestOutputHelper output)
        {
            output.WriteLine($"seed {_seed} (BERTH_SEED)");
            var random = new Random(_seed);
            (_wild, _likely) = (new RandomObjects(random), new HostileMachines(random));
        }

        /// <summary>For the message of a failure.</summary>
        public string Which => $"seed {_seed}, round {_round}";

        public VirtualMachineSpec Next()
        {
            var spec = ++_round % 2 == 0 ? _wild.Hostile<VirtualMachineSpec>() : _likely.Next().Spec;
            if (spec.Devices is { ValueKind: System.Text.Json.JsonValueKind.Undefined })
            {
                spec.Devices = null;
            }

            return spec;
        }
    }
}
