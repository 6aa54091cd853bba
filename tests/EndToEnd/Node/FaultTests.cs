namespace Berth.EndToEnd.Tests;

/// <summary>Parts of Berth and of the node die; no guest notices.</summary>
[Collection(nameof(Alone))]
public sealed class FaultTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task A_killed_agent_comes_back_to_the_same_guests()
    {
        var (machine, node, guest) = await RunningGuestAsync();
        Stack.Processes.Kill(node.AgentProcess);
        await Stack.StartWhatDiedAsync(Cancellation);
        await IsUntouchedAsync(machine, node, guest);

        // It works again: what is asked now is done.
        await machine.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await machine.BecomesReadyAsync("Stopped", Cancellation);
    }

    [Fact]
    public async Task What_was_asked_while_the_agent_was_away_is_done_when_it_is_back()
    {
        var (machine, node, guest) = await RunningGuestAsync();
        var uid = (await machine.GetAsync(Cancellation)).Uid;
        Stack.Processes.Kill(node.AgentProcess);
        await Kubectl.MustAsync(Cancellation, "delete", "vm", machine.Name, "-n", Namespace, "--wait=false");
        await Eventually.HoldsAsync(
            "nothing is released without the agent", token => node.RunningGuestAsync(uid, token), seen => seen == guest, TimeSpan.FromSeconds(5), Cancellation);
        Assert.NotNull(await Kubectl.FindAsync("vm", machine.Name, Namespace, Cancellation));

        await Stack.StartWhatDiedAsync(Cancellation);
        await Eventually.SeesAsync("the VM to go", token => Kubectl.FindAsync("vm", machine.Name, Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        Assert.DoesNotContain(uid, await node.DomainsAsync(Cancellation));
    }

    [Fact]
    public async Task A_killed_operator_is_missed_by_nobody_that_runs()
    {
        var (machine, node, guest) = await RunningGuestAsync();
        Stack.Processes.Kill("operator");
        await Eventually.HoldsAsync(
            "the guest is the same domain and process",
            async token => await node.RunningGuestAsync((await machine.GetAsync(token)).Uid, token), seen => seen == guest, TimeSpan.FromSeconds(3), Cancellation);
        await Stack.StartWhatDiedAsync(Cancellation);
        await ApplyAsync(Manifests.DiskMachine("afterwards", Stack.Images.Idle));
        await Machine("afterwards").BecomesReadyAsync("Running", Cancellation);
        await IsUntouchedAsync(machine, node, guest);
    }

    [Fact]
    public async Task A_killed_libvirtd_comes_back_to_the_same_guests()
    {
        var (machine, node, guest) = await RunningGuestAsync();
        Stack.Processes.Kill(node.LibvirtProcess);
        await Eventually.SeesAsync(
            "the node to say that libvirt is away", token => Kubectl.GetAsync("hv", node.Name, null, token), item => !item.IsTrue("LibvirtAvailable"), Eventually.Soon, Cancellation);
        await Stack.StartWhatDiedAsync(Cancellation);
        await Eventually.SeesAsync(
            "the node to be well again", token => Kubectl.GetAsync("hv", node.Name, null, token), item => item.IsTrue("LibvirtAvailable") && item.IsTrue("Ready"), Eventually.Soon, Cancellation);
        await IsUntouchedAsync(machine, node, guest);

        // Events are heard again: a crash is noticed without any other change.
        StackProcesses.Kill(guest.Qemu.Pid);
        await machine.BecomesAsync("to be restarted", item => item.Text("status.restarts") == "1" && item.IsReady, Cancellation);
    }

    [Fact]
    public async Task A_guest_that_dies_while_libvirtd_is_away_is_noticed_afterwards()
    {
        var (machine, node, guest) = await RunningGuestAsync();
        Stack.Processes.Kill(node.LibvirtProcess);
        StackProcesses.Kill(guest.Qemu.Pid);
        await Stack.StartWhatDiedAsync(Cancellation);
        await machine.BecomesAsync("to be restarted", item => item.Text("status.restarts") == "1" && item.IsReady, Cancellation);
        await machine.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
    }

    [Fact]
    public async Task A_deleted_berth_comes_back_on_the_same_node_and_the_guest_is_untouched()
    {
        var (machine, node, guest) = await RunningGuestAsync();
        var berth = await machine.BerthAsync(Cancellation);
        await Kubectl.MustAsync(Cancellation, "delete", "pod", berth.Name, "-n", Namespace, "--wait=false");
        var replaced = await Eventually.SeesAsync(
            "a new berth",
            machine.BerthsAsync,
            berths => berths.Count == 1 && berths[0].Uid != berth.Uid && berths[0].Text("spec.nodeName") is not null,
            Eventually.Soon,
            Cancellation,
            berths => string.Join('\n', berths));
        Assert.Equal(node.Name, replaced[0].Text("spec.nodeName"));
        await IsUntouchedAsync(machine, node, guest);
        await machine.BecomesAsync("to have its place again", item => item.Condition("PlaceLost") is null && item.IsReady, Cancellation);
    }

    private async Task<(Machine Machine, StackNode Node, RunningGuest Guest)> RunningGuestAsync()
    {
        await ApplyAsync(Manifests.DiskMachine("steady", Stack.Images.Idle));
        var machine = Machine("steady");
        var running = await machine.BecomesReadyAsync("Running", Cancellation);
        await machine.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        var node = machine.NodeOf(running);
        var guest = await node.RunningGuestAsync(running.Uid, Cancellation);
        Assert.True(guest.Qemu.Pid > 0, "QEMU's process is found");
        return (machine, node, guest);
    }

    private static async Task IsUntouchedAsync(Machine machine, StackNode node, RunningGuest guest)
    {
        var uid = (await machine.BecomesReadyAsync("Running", Cancellation)).Uid;
        await Eventually.HoldsAsync(
            "the guest is the same domain and process", token => node.RunningGuestAsync(uid, token), seen => seen == guest, TimeSpan.FromSeconds(3), Cancellation);
        Assert.DoesNotContain(BootSector.Line(Guests.IdleText, 2), await node.ConsoleAsync(await machine.GetAsync(Cancellation), Cancellation), StringComparison.Ordinal);
    }
}
