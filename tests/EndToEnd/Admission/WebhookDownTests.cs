namespace Berth.EndToEnd.Tests;

/// <summary>While no operator answers, nothing of Berth's is created, and nothing that runs notices.</summary>
[Collection(nameof(Alone))]
public sealed class WebhookDownTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Creating_is_refused_running_goes_on_and_deleting_completes_when_it_is_back()
    {
        await ApplyAsync(Manifests.DiskMachine("steady", Stack.Images.Idle) + "---\n" + Manifests.DiskMachine("leaving", Stack.Images.Idle));
        var steady = await SteadyGuest.FollowAsync(Machine("steady"), Cancellation);
        await Machine("leaving").BecomesReadyAsync("Running", Cancellation);

        Stack.Processes.Kill("operator");
        var refused = await Kubectl.RunAsync(Manifests.DiskMachine("early", Stack.Images.Idle), Cancellation, "create", "-n", Namespace, "-f", "-");
        Assert.False(refused.Succeeded);
        Assert.Contains("berth.dev", refused.Error, StringComparison.Ordinal);
        Assert.Contains("failed calling webhook", refused.Error, StringComparison.Ordinal);
        await Kubectl.DeleteAsync("vm", "leaving", Namespace, Cancellation);
        Assert.NotNull((await Machine("leaving").GetAsync(Cancellation)).Text("metadata.deletionTimestamp"));
        await steady.RunsOnAsync(Cancellation);

        await Stack.StartWhatDiedAsync(Cancellation);
        await Eventually.SeesAsync(
            "the deletion to complete", token => Kubectl.FindAsync("vm", "leaving", Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        await ApplyAsync(Manifests.DiskMachine("early", Stack.Images.Idle));
        await Machine("early").BecomesReadyAsync("Running", Cancellation);
        await Machine("steady").BecomesReadyAsync("Running", Cancellation);
        await steady.RunsOnAsync(Cancellation);
    }
}
