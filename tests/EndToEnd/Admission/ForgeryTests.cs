namespace Berth.EndToEnd.Tests;

/// <summary>Safety never depends on a webhook: without one, what a tenant forges moves no guest.</summary>
[Collection(nameof(Alone))]
public sealed class ForgeryTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Without_webhooks_a_forged_label_finalizer_or_binding_leaves_the_guest_as_it_is()
    {
        var tenant = await Tenant.InAsync(Stack, Namespace, Cancellation);
        await ApplyAsync(Manifests.DiskMachine("steady", Stack.Images.Idle));
        var machine = Machine("steady");
        var guest = await SteadyGuest.FollowAsync(machine, Cancellation);
        var epoch = long.Parse((await machine.GetAsync(Cancellation)).Text("status.binding.epoch")!, null);
        var other = Stack.Nodes.First(node => node.Name != guest.Node.Name);
        await using var away = await WebhooksAway.StartAsync(Stack, Cancellation);

        (await tenant.PatchAsync("steady", $$$"""{"metadata":{"labels":{"berth.dev/node":"{{{other.Name}}}"},"finalizers":null}}""", Cancellation)).MustSucceed();
        await machine.BecomesAsync(
            "to have its label and finalizer back",
            item => item.Root["metadata"]!["labels"]!["berth.dev/node"]?.ToString() == guest.Node.Name && item.Text("metadata.finalizers.0") == "berth.dev/release", Cancellation);
        await guest.RunsOnAsync(Cancellation);

        // Elsewhere, at an epoch that any agent would take for newer.
        (await tenant.BindAsync(machine, other.Name, epoch + 98, Cancellation)).MustSucceed();
        await machine.StallsAsync("BindingInDoubt", Cancellation);
        await guest.RunsOnAsync(Cancellation);
        Assert.DoesNotContain(guest.Uid, await other.DomainsAsync(Cancellation));
        Assert.Equal(guest.Node.Name, (await machine.GetAsync(Cancellation)).Root["metadata"]!["labels"]!["berth.dev/node"]?.ToString());

        // Here, as if other bindings had been in between.
        (await tenant.BindAsync(machine, guest.Node.Name, epoch + 98, Cancellation)).MustSucceed();
        await machine.StallsAsync("EpochAnomaly", Cancellation);
        await guest.RunsOnAsync(Cancellation);

        // Put right, all is as before.
        (await tenant.BindAsync(machine, guest.Node.Name, epoch, Cancellation)).MustSucceed();
        await machine.BecomesReadyAsync("Running", Cancellation);
        await guest.RunsOnAsync(Cancellation);
    }
}
