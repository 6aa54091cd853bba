namespace Berth.EndToEnd.Tests;

/// <summary>VMs that boot from a disk.</summary>
public sealed class DiskBootTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Boots_from_the_same_disk_again_after_a_stop()
    {
        await ApplyAsync(Manifests.DiskMachine("counter", Stack.Images.Idle));
        var counter = Machine("counter");
        await counter.BecomesReadyAsync("Running", Cancellation);
        await counter.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        var volume = await Kubectl.GetAsync("vol", "counter-root", Namespace, Cancellation);

        await counter.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await counter.BecomesReadyAsync("Stopped", Cancellation);
        await counter.PatchSpecAsync("""{"powerState":"Running"}""", Cancellation);
        await counter.BecomesReadyAsync("Running", Cancellation);
        await counter.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
        Assert.Equal(volume.Uid, (await Kubectl.GetAsync("vol", "counter-root", Namespace, Cancellation)).Uid);
    }

    [Fact]
    public async Task Two_VMs_on_one_image_write_to_disks_of_their_own()
    {
        await ApplyAsync(Manifests.DiskMachine("one", Stack.Images.Idle) + "---\n" + Manifests.DiskMachine("two", Stack.Images.Idle));
        foreach (var name in (string[])["one", "two"])
        {
            await Machine(name).BecomesReadyAsync("Running", Cancellation);
            await Machine(name).ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        }
    }

    [Fact]
    public async Task A_stop_waits_the_grace_period_for_a_guest_that_does_not_listen()
    {
        await ApplyAsync(Manifests.DiskMachine("deaf", Stack.Images.Idle, grace: 8));
        var deaf = Machine("deaf");
        var running = await deaf.BecomesReadyAsync("Running", Cancellation);
        var node = deaf.NodeOf(running);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await deaf.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await deaf.BecomesAsync("to be Stopping", machine => machine.Text("status.state") == "Stopping", Cancellation);
        await Eventually.SeesAsync("the guest to be gone", node.RunningDomainsAsync, domains => !domains.Contains(running.Uid), Eventually.Soon, Cancellation);
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(8), $"the guest had only {watch.Elapsed} of its grace");
        await deaf.BecomesReadyAsync("Stopped", Cancellation);
    }

    [Fact]
    public async Task A_volume_with_a_life_of_its_own_outlives_the_VM()
    {
        await ApplyAsync(Manifests.Volume("kept", $"{{source: {{image: {Stack.Images.Idle}}}}}") + "---\n" + User("first"));
        await Machine("first").BecomesReadyAsync("Running", Cancellation);
        await Machine("first").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        await Machine("first").DeleteAsync(Cancellation);

        var volume = await Kubectl.GetAsync("vol", "kept", Namespace, Cancellation);
        Assert.True(volume.IsReady, volume.ToString());
        await ApplyAsync(User("second"));
        await Machine("second").BecomesReadyAsync("Running", Cancellation);
        await Machine("second").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
    }

    private static string User(string name) => Manifests.Machine(name,
        """
        memory: {size: 64Mi}
        terminationGracePeriodSeconds: 0
        disks:
          - {name: root, volume: {name: kept}}
        """);
}
