namespace Berth.EndToEnd.Tests;

/// <summary>An administrator without webhooks rewrites what steers the agents. No guest notices, and what cannot be put right is said.</summary>
[Collection(nameof(Alone))]
public sealed class ForgedBindingTests(Stack stack) : FaultTest(stack)
{
    [Fact]
    public async Task A_label_or_a_binding_rewritten_by_hand_moves_nobody()
    {
        var (node, other) = (Stack.Nodes[0], Stack.Nodes[1]);
        var labelled = await RunningGuestAsync("labelled", OnNode(node));
        var rebound = await RunningGuestAsync("rebound", OnNode(node));
        var raised = await RunningGuestAsync("raised", OnNode(node));
        SteadyGuest[] guests = [labelled, rebound, raised];
        await UnguardedAsync(async () =>
        {
            await Kubectl.PatchAsync("vm", "labelled", Namespace, $$"""{"metadata":{"labels":{"berth.dev/node":"{{other.Name}}"} } }""", Cancellation);
            await BindAsync("rebound", other, epoch: 2);
            await BindAsync("raised", node, epoch: 7);
            await Eventually.HoldsAsync("all guests run", _ => Task.FromResult(guests.All(guest => guest.HasItsProcess)), holds => holds, TimeSpan.FromSeconds(2), Cancellation);
        });

        await labelled.Machine.BecomesAsync("to have its label again", item => (string?)item.At("metadata.labels")!["berth.dev/node"] == node.Name, Cancellation);
        await rebound.Machine.StallsAsync("BindingContradicted", Cancellation);
        await raised.Machine.StallsAsync("EpochAnomaly", Cancellation);
        await labelled.IsUntouchedAsync(Cancellation);
        foreach (var guest in guests)
        {
            await guest.RunsOnAsync(Cancellation);
            Assert.DoesNotContain(guest.Uid, await other.DomainsAsync(Cancellation));
        }

        await UnguardedAsync(async () =>
        {
            await BindAsync("rebound", node, epoch: 1);
            await BindAsync("raised", node, epoch: 1);
        });
        foreach (var guest in guests)
        {
            await guest.IsUntouchedAsync(Cancellation);
        }
    }

    private Task<string> BindAsync(string name, StackNode node, long epoch) =>
        Kubectl.PatchStatusAsync("vm", name, Namespace, $$$"""{"status":{"binding":{"nodeName":"{{{node.Name}}}","epoch":{{{epoch}}} } } }""", Cancellation);
}
