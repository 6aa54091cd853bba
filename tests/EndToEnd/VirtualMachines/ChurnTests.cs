namespace Berth.EndToEnd.Tests;

/// <summary>Users who change their minds faster than VMs start.</summary>
public sealed class ChurnTests(Stack stack) : EndToEndTest(stack)
{
    private const int Count = 12;

    [Fact]
    public async Task VMs_deleted_while_they_start_leave_nothing()
    {
        var uids = new List<string>();
        for (var number = 1; number <= Count; number++)
        {
            var created = await Kubectl.RunAsync(
                Manifests.DiskMachine($"vm-{number}", Stack.Images.Idle), Cancellation, "create", "-n", Namespace, "-o", "jsonpath={.metadata.uid}", "-f", "-");
            uids.Add(created.MustSucceed().Trim());
            // Each at another moment of its start: before its berth, its binding, its volume, its domain.
            await Task.Delay(TimeSpan.FromMilliseconds(40 * number), TimeProvider.System, Cancellation);
            await Kubectl.DeleteAsync("vm", $"vm-{number}", Namespace, Cancellation);
        }

        await Eventually.SeesAsync(
            "everything to go", RemainingObjectsAsync, items => items.Count == 0, TimeSpan.FromMinutes(2), Cancellation, items => string.Join('\n', items));
        foreach (var node in Stack.Nodes)
        {
            Assert.Empty(uids.Intersect(await node.DomainsAsync(Cancellation)));
        }

        Assert.Empty(RemainingFiles([.. uids]));
    }

    [Fact]
    public async Task The_last_powerState_wins()
    {
        await ApplyAsync(Manifests.DiskMachine("flipped", Stack.Images.Idle));
        var flipped = Machine("flipped");
        for (var round = 0; round < 5; round++)
        {
            await flipped.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
            await flipped.PatchSpecAsync("""{"powerState":"Running"}""", Cancellation);
        }

        var running = await flipped.BecomesReadyAsync("Running", Cancellation);
        Assert.Contains(running.Uid, await flipped.NodeOf(running).RunningDomainsAsync(Cancellation));
        Assert.Single(await flipped.BerthsAsync(Cancellation));

        await flipped.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await flipped.BecomesReadyAsync("Stopped", Cancellation);
        foreach (var node in Stack.Nodes)
        {
            Assert.DoesNotContain(running.Uid, await node.DomainsAsync(Cancellation));
        }
    }

    [Fact]
    public async Task A_VM_made_again_under_its_old_name_is_another_VM()
    {
        await ApplyAsync(Manifests.DiskMachine("phoenix", Stack.Images.Idle));
        var first = await Machine("phoenix").BecomesReadyAsync("Running", Cancellation);
        await Machine("phoenix").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        await Machine("phoenix").DeleteAsync(Cancellation);
        await ApplyAsync(Manifests.DiskMachine("phoenix", Stack.Images.Idle));
        var second = await Machine("phoenix").BecomesReadyAsync("Running", Cancellation);
        Assert.NotEqual(first.Uid, second.Uid);
        // A new disk: it was booted once.
        await Machine("phoenix").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
    }
}
