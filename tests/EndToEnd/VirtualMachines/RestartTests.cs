namespace Berth.EndToEnd.Tests;

/// <summary>Guests that stop by themselves, crash, or are asked to restart.</summary>
public sealed class RestartTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Always_starts_a_guest_again_that_switched_itself_off()
    {
        await ApplyAsync(Manifests.DiskMachine("again", Stack.Images.PowersOff));
        var again = Machine("again");
        await again.BecomesAsync("to be restarted", machine => machine.At("status.restarts") is { } restarts && (int)restarts >= 1, Cancellation);
        await again.ConsoleShowsAsync(BootSector.Line(Guests.PowersOffText, 2), Cancellation);
    }

    [Theory]
    [InlineData("Never")]
    [InlineData("OnFailure")]
    public async Task A_guest_that_switched_itself_off_stays_off(string policy)
    {
        await ApplyAsync(Manifests.DiskMachine("done", Stack.Images.PowersOff, $"restartPolicy: {policy}"));
        var done = Machine("done");
        var ended = await done.BecomesReadyAsync("Stopped", Cancellation);
        Assert.Equal("Completed", ended.Reason("Ready"));
        Assert.Equal("Shutdown", ended.Text("status.completion.reason"));
        Assert.Equal(KStatus.Current, ended.KStatus());
        await Eventually.SeesAsync("the berth to go", done.BerthsAsync, berths => berths.Count == 0, Eventually.Soon, Cancellation);

        await done.PatchSpecAsync("""{"restartedAt":"2026-01-01T00:00:00Z"}""", Cancellation);
        await done.BecomesAsync("to run once more", machine => machine.Text("status.completion.time") is { } time && time != ended.Text("status.completion.time"), Cancellation);
        Assert.Equal("2026-01-01T00:00:00Z", (await done.GetAsync(Cancellation)).Text("status.restartedAt"));
    }

    [Fact]
    public async Task OnFailure_starts_a_guest_again_that_crashed()
    {
        await ApplyAsync(Manifests.DiskMachine("crashing", Stack.Images.Idle, "restartPolicy: OnFailure"));
        var crashing = Machine("crashing");
        var running = await crashing.BecomesReadyAsync("Running", Cancellation);
        // Not before it has counted: a boot that is cut short is none.
        await crashing.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        var before = await crashing.NodeOf(running).RunningGuestAsync(running.Uid, Cancellation);
        StackProcesses.Kill(before.Qemu.Pid);
        await crashing.BecomesAsync(
            "to run again", machine => machine.IsReady && machine.Text("status.restarts") == "1" && machine.Text("status.state") == "Running", Cancellation);
        await crashing.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
        Assert.NotEqual(before.Qemu, (await crashing.NodeOf(running).RunningGuestAsync(running.Uid, Cancellation)).Qemu);
    }

    [Fact]
    public async Task Never_says_that_the_guest_crashed()
    {
        await ApplyAsync(Manifests.DiskMachine("crashed", Stack.Images.Idle, "restartPolicy: Never"));
        var crashed = Machine("crashed");
        var running = await crashed.BecomesReadyAsync("Running", Cancellation);
        StackProcesses.Kill(StackNode.QemuProcess(running.Uid).Pid);
        var ended = await crashed.StallsAsync("GuestCrashed", Cancellation);
        Assert.Equal("Crashed", ended.Text("status.completion.reason"));
        Assert.Equal(KStatus.Failed, ended.KStatus());
    }

    [Fact]
    public async Task A_new_restartedAt_restarts_the_guest_once()
    {
        await ApplyAsync(Manifests.DiskMachine("restarted", Stack.Images.Idle, "restartedAt: \"2026-01-01T00:00:00Z\""));
        var restarted = Machine("restarted");
        var first = await restarted.BecomesReadyAsync("Running", Cancellation);
        Assert.Equal("2026-01-01T00:00:00Z", first.Text("status.restartedAt"));
        await restarted.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        var before = await restarted.NodeOf(first).RunningGuestAsync(first.Uid, Cancellation);

        await restarted.PatchSpecAsync("""{"restartedAt":"2026-01-02T00:00:00Z"}""", Cancellation);
        var second = await restarted.BecomesAsync(
            "to be restarted", machine => machine.IsReady && machine.Text("status.restartedAt") == "2026-01-02T00:00:00Z", Cancellation);
        await restarted.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
        // Not by status.startedAt, which counts whole seconds: a guest of half a second restarts within one.
        var guest = await restarted.NodeOf(second).RunningGuestAsync(second.Uid, Cancellation);
        Assert.NotEqual(before.Qemu, guest.Qemu);
        await Eventually.HoldsAsync(
            "the restarted guest stays", token => restarted.NodeOf(second).RunningGuestAsync(second.Uid, token), seen => seen == guest, TimeSpan.FromSeconds(3), Cancellation);
    }
}
