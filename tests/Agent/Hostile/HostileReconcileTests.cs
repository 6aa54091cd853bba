using Berth.Api;
using Berth.Api.Tests;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.Testing.Hostile;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>No spec ends a pass of the agent by an exception, and each leaves its reason in the status.</summary>
public sealed class HostileReconcileTests(ITestOutputHelper output)
{
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
        await using var bench = await VirtualMachineBench.StartAsync();
        for (var round = 0; round < count; round++)
        {
            var spec = (round % 2 == 0 ? wild.Hostile<VirtualMachine>().Spec : likely.Next().Spec) ?? new VirtualMachineSpec();
            if (spec.Devices is { ValueKind: System.Text.Json.JsonValueKind.Undefined })
            {
                spec.Devices = null;
            }

            await bench.GivenAsync(spec);
            await bench.PassAsync();
            if (bench.Machine.Status?.Conditions is null or { Count: 0 })
            {
                // A wait that is worth no write at first.
                bench.Time.Advance(TimeSpan.FromMinutes(1));
                await bench.PassAsync();
            }

            var conditions = bench.Machine.Status?.Conditions ?? [];
            Assert.True(conditions.Any(condition => condition.Type == "Ready"), $"seed {seed}, round {round}: no word on it");
            Assert.DoesNotContain(conditions, condition => condition.Reason == ConditionReasons.Error);
            Assert.DoesNotContain(conditions, condition => condition.Message.Any(char.IsControl));
        }
    }
}
