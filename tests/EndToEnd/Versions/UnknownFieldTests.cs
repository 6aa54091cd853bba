namespace Berth.EndToEnd.Tests;

/// <summary>A schema that is newer than operator and agents: what it lets through and they do not know.</summary>
[Collection(nameof(Alone))]
public sealed class UnknownFieldTests(Stack stack) : EndToEndTest(stack)
{
    private const string Definition = "virtualmachines.berth.dev";
    private const string Place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/futureThing";

    // The VM comes within seconds of the schema, while watches are still served by the former one.
    [Fact]
    public async Task A_field_of_a_newer_schema_is_named_blocks_the_next_start_and_leaves_a_running_guest_alone()
    {
        await PatchDefinitionAsync($$"""[{"op":"add","path":"{{Place}}","value":{"type":"object","x-kubernetes-preserve-unknown-fields":true} }]""");
        try
        {
            await ApplyWithFutureThingAsync();
            var machine = Machine("ahead");
            var stalled = await machine.StallsAsync("UnknownField", Cancellation);
            Assert.Contains("spec.futureThing", stalled.Message("Stalled"), StringComparison.Ordinal);
            Assert.Contains("spec.futureThing", stalled.Message("UnknownFields"), StringComparison.Ordinal);
            await HasNoBerthAsync(machine);
            foreach (var node in Stack.Nodes)
            {
                Assert.DoesNotContain(stalled.Uid, await node.DomainsAsync(Cancellation));
            }

            await machine.PatchSpecAsync("""{"futureThing":null}""", Cancellation);
            var running = await machine.BecomesReadyAsync("Running", Cancellation);
            Assert.Null(running.Condition("UnknownFields"));
            await machine.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
            await StaysAsItRunsAsync(machine, running);
            await IsNotStartedAgainAsync(machine, running);

            await machine.PatchSpecAsync("""{"futureThing":null}""", Cancellation);
            await machine.BecomesReadyAsync("Running", Cancellation);
            await machine.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
        }
        finally
        {
            await PatchDefinitionAsync($$"""[{"op":"remove","path":"{{Place}}"}]""");
        }
    }

    private async Task StaysAsItRunsAsync(Machine machine, KubernetesJson running)
    {
        var node = machine.NodeOf(running);
        var guest = await node.RunningGuestAsync(running.Uid, Cancellation);
        await machine.PatchSpecAsync("""{"futureThing":{"size":1}}""", Cancellation);
        var told = await machine.BecomesAsync("to tell of the field", seen => seen.IsTrue("UnknownFields"), Cancellation);
        Assert.True(told.IsReady, told.ToString());
        Assert.Contains("spec.futureThing", told.Message("UnknownFields"), StringComparison.Ordinal);
        Assert.Equal(guest, await node.RunningGuestAsync(running.Uid, Cancellation));
    }

    private async Task IsNotStartedAgainAsync(Machine machine, KubernetesJson running)
    {
        var node = machine.NodeOf(running);
        await node.MustVirshAsync(Cancellation, "destroy", running.Uid);
        await machine.StallsAsync("UnknownField", Cancellation);
        Assert.DoesNotContain(running.Uid, await node.DomainsAsync(Cancellation));
        await HasNoBerthAsync(machine);
    }

    private async Task HasNoBerthAsync(Machine machine) =>
        await Eventually.SeesAsync("no berth", machine.BerthsAsync, berths => berths.Count == 0, Eventually.Soon, Cancellation);

    // The server takes a moment to go by the new schema; until then it drops the field, and would start the VM without it.
    private async Task ApplyWithFutureThingAsync()
    {
        await Eventually.SeesAsync(
            "the field to be kept",
            token => ApplyAsync(token, "--dry-run=server", "-o", "json"),
            applied => applied.Output.Contains("futureThing", StringComparison.Ordinal),
            Eventually.Soon,
            Cancellation);
        (await ApplyAsync(Cancellation)).MustSucceed();
    }

    private Task<CommandResult> ApplyAsync(CancellationToken token, params string[] options) => Kubectl.RunAsync(
        Manifests.DiskMachine("ahead", Stack.Images.Idle, "futureThing: {size: 1}"), token, ["apply", "--server-side", "--validate=false", "-n", Namespace, "-f", "-", .. options]);

    private Task<string> PatchDefinitionAsync(string patch) =>
        Kubectl.MustAsync(CancellationToken.None, "patch", "crd", Definition, "--type=json", "-p", patch);
}
