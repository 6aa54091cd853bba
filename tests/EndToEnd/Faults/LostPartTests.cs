namespace Berth.EndToEnd.Tests;

/// <summary>Parts of Berth and of the node die; no guest notices.</summary>
[Collection(nameof(Faults))]
public sealed class LostPartTests(Stack stack) : FaultTest(stack)
{
    [Fact]
    public async Task A_killed_agent_comes_back_to_the_same_guests()
    {
        var steady = await RunningGuestAsync("steady");
        var (machine, node) = (steady.Machine, steady.Node);
        Stack.Processes.Kill(node.AgentProcess);
        await Stack.StartWhatDiedAsync(Cancellation);
        await steady.IsUntouchedAsync(Cancellation);

        // It works again: what is asked now is done.
        await machine.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await machine.BecomesReadyAsync("Stopped", Cancellation);
    }

    [Fact]
    public async Task What_was_asked_while_the_agent_was_away_is_done_when_it_is_back()
    {
        var steady = await RunningGuestAsync("steady");
        var (machine, node) = (steady.Machine, steady.Node);
        var uid = steady.Uid;
        Stack.Processes.Kill(node.AgentProcess);
        await Kubectl.DeleteAsync("vm", machine.Name, Namespace, Cancellation);
        await Eventually.HoldsAsync(
            "nothing is released without the agent", token => node.RunningGuestAsync(uid, token), seen => seen == steady.Guest, TimeSpan.FromSeconds(5), Cancellation);
        Assert.NotNull(await Kubectl.FindAsync("vm", machine.Name, Namespace, Cancellation));

        await Stack.StartWhatDiedAsync(Cancellation);
        await Eventually.SeesAsync("the VM to go", token => Kubectl.FindAsync("vm", machine.Name, Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        Assert.DoesNotContain(uid, await node.DomainsAsync(Cancellation));
    }

    [Fact]
    public async Task A_killed_operator_is_missed_by_nobody_that_runs()
    {
        const string label = "faults.example.com/open";
        var steady = await RunningGuestAsync("steady");
        var going = await RunningGuestAsync("going");
        await ApplyAsync(Manifests.BareMachine("waiting", $"placement: {{nodeSelector: {{{label}: \"yes\"}}}}"));
        await Eventually.SeesAsync("a berth that finds no node", Machine("waiting").BerthsAsync, berths => berths.Count == 1, Eventually.Soon, Cancellation);
        Stack.Processes.Kill("operator");

        // What needs the agent alone is done: the guest of a deleted VM is stopped. What needs the operator waits.
        await Kubectl.DeleteAsync("vm", going.Machine.Name, Namespace, Cancellation);
        await Eventually.SeesAsync("the agent to let go", going.Node.DomainsAsync, domains => !domains.Contains(going.Uid), Eventually.Soon, Cancellation);
        await Kubectl.MustAsync(Cancellation, "label", "node", steady.Node.Name, $"{label}=yes");
        try
        {
            await Eventually.SeesAsync("kube-scheduler to bind the berth", Machine("waiting").BerthAsync, berth => berth.Text("spec.nodeName") is not null, Eventually.Soon, Cancellation);
            await Eventually.HoldsAsync(
                "nobody places a VM", Machine("waiting").GetAsync, item => item.KStatus() == KStatus.InProgress && item.Text("status.binding.nodeName") is null, TimeSpan.FromSeconds(2), Cancellation);
            Assert.NotNull(await Kubectl.FindAsync("vm", going.Machine.Name, Namespace, Cancellation));
            await Stack.StartWhatDiedAsync(Cancellation);
            await Machine("waiting").BecomesReadyAsync("Running", Cancellation);
        }
        finally
        {
            await Kubectl.RunAsync(CancellationToken.None, "label", "node", steady.Node.Name, $"{label}-");
        }

        await Eventually.SeesAsync("the VM to go", token => Kubectl.FindAsync("vm", going.Machine.Name, Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        await steady.IsUntouchedAsync(Cancellation);
    }

    [Fact]
    public async Task A_killed_libvirtd_comes_back_to_the_same_guests()
    {
        var steady = await RunningGuestAsync("steady");
        var (machine, node) = (steady.Machine, steady.Node);
        Stack.Processes.Kill(node.LibvirtProcess);
        await Eventually.SeesAsync(
            "the node to say that libvirt is away", token => Kubectl.GetAsync("hv", node.Name, null, token), item => !item.IsTrue("LibvirtAvailable"), Eventually.Soon, Cancellation);
        await Stack.StartWhatDiedAsync(Cancellation);
        await Eventually.SeesAsync(
            "the node to be well again", token => Kubectl.GetAsync("hv", node.Name, null, token), item => item.IsTrue("LibvirtAvailable") && item.IsTrue("Ready"), Eventually.Soon, Cancellation);
        await steady.IsUntouchedAsync(Cancellation);

        // Events are heard again: a crash is noticed without any other change.
        StackProcesses.Kill(steady.Guest.Qemu.Pid);
        await machine.BecomesAsync("to be restarted", item => item.Text("status.restarts") == "1" && item.IsReady, Cancellation);
    }

    [Fact]
    public async Task A_guest_that_dies_while_libvirtd_is_away_is_noticed_afterwards()
    {
        var steady = await RunningGuestAsync("steady");
        var (machine, node) = (steady.Machine, steady.Node);
        Stack.Processes.Kill(node.LibvirtProcess);
        StackProcesses.Kill(steady.Guest.Qemu.Pid);
        await Stack.StartWhatDiedAsync(Cancellation);
        await machine.BecomesAsync("to be restarted", item => item.Text("status.restarts") == "1" && item.IsReady, Cancellation);
        await machine.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
    }

    [Fact]
    public async Task A_deleted_berth_comes_back_on_the_same_node_and_the_guest_is_untouched()
    {
        var steady = await RunningGuestAsync("steady");
        var (machine, node) = (steady.Machine, steady.Node);
        var berth = await machine.BerthAsync(Cancellation);
        await Kubectl.DeleteAsync("pod", berth.Name, Namespace, Cancellation);
        var replaced = await Eventually.SeesAsync(
            "a new berth",
            machine.BerthsAsync,
            berths => berths.Count == 1 && berths[0].Uid != berth.Uid && berths[0].Text("spec.nodeName") is not null,
            Eventually.Soon,
            Cancellation,
            berths => string.Join('\n', berths));
        Assert.Equal(node.Name, replaced[0].Text("spec.nodeName"));
        await steady.IsUntouchedAsync(Cancellation);
        await machine.BecomesAsync("to have its place again", item => item.Condition("PlaceLost") is null && item.IsReady, Cancellation);
    }
}
