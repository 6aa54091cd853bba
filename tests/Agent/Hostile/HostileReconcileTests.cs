using Berth.Api;
using Berth.Api.Tests;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.Testing.Hostile;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>No spec ends a pass of the agent by an exception, and each leaves its reason in the status.</summary>
public sealed class HostileReconcileTests(ITestOutputHelper output)
{
    // The server in memory keeps its history, and some specs have a megabyte.
    private const int RoundsPerServer = 500;

    [Fact]
    public Task Any_spec_ends_in_a_reason() => ReconcileAsync(400);

    [Fact]
    [Trait("Category", "Long")]
    public Task Any_of_a_hundred_thousand_specs_ends_in_a_reason() => ReconcileAsync(100_000);

    private async Task ReconcileAsync(int count)
    {
        var seed = HostileSeed.Next();
        output.WriteLine($"seed {seed} (BERTH_SEED)");
        var random = new Random(seed);
        var (wild, likely) = (new RandomObjects(random), new HostileMachines(random));
        for (var done = 0; done < count; done += RoundsPerServer)
        {
            await using var bench = await VirtualMachineBench.StartAsync();
            for (var round = done; round < Math.Min(count, done + RoundsPerServer); round++)
            {
                await ReconcileAsync(bench, SpecOf(round % 2 == 0 ? wild.Hostile<VirtualMachine>() : likely.Next()), $"seed {seed}, round {round}");
            }
        }
    }

    private static VirtualMachineSpec SpecOf(VirtualMachine machine)
    {
        var spec = machine.Spec ?? new VirtualMachineSpec();
        if (spec.Devices is { ValueKind: System.Text.Json.JsonValueKind.Undefined })
        {
            spec.Devices = null;
        }

        return spec;
    }

    private static async Task ReconcileAsync(VirtualMachineBench bench, VirtualMachineSpec spec, string which)
    {
        await bench.GivenAsync(spec);
        await bench.PassAsync();
        if (bench.Machine.Status?.Conditions is null or { Count: 0 })
        {
            // A wait that is worth no write at first.
            bench.Time.Advance(TimeSpan.FromMinutes(1));
            await bench.PassAsync();
        }

        var conditions = bench.Machine.Status?.Conditions ?? [];
        Assert.True(conditions.Any(condition => condition.Type == "Ready"), $"{which}: no word on it");
        Assert.All(conditions, condition => Assert.True(condition.Reason != ConditionReasons.Error && !condition.Message.Any(char.IsControl), $"{which}: {condition}"));
    }
}
