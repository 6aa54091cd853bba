namespace Berth.EndToEnd.Tests;

/// <summary>A test on the node that has a kubelet and a containerd. They run alone: what one does to the kubelet, all on the node would feel.</summary>
public abstract class RealNodeTest(Stack stack) : EndToEndTest(stack)
{
    internal StackNode Node => Stack.HasRealNode
        ? Stack.Nodes[0]
        : throw new InvalidOperationException($"the stack at {Stack.Folder} has no real node: `tests/run.sh RealNode` brings one up");

    /// <summary>A VM whose boot-sector guest runs, with its berth running on the kubelet.</summary>
    internal async Task<SteadyMachine> SteadyAsync(string name = "steady")
    {
        await ApplyAsync(Manifests.DiskMachine(name, Stack.Images.Idle));
        var machine = Machine(name);
        var running = await machine.BecomesReadyAsync("Running", Cancellation);
        await machine.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        var guest = await Node.RunningGuestAsync(running.Uid, Cancellation);
        Assert.True(guest.Qemu.Pid > 0, "QEMU's process is found");
        return new(machine, Node, running.Uid, guest, await RunsAsync(machine));
    }

    /// <summary>Waits until the kubelet runs the VM's berth; with <paramref name="after"/> another one than that.</summary>
    internal static async Task<KubernetesJson> RunsAsync(Machine machine, KubernetesJson? after = null) => Assert.Single(await Eventually.SeesAsync(
        $"the kubelet to run the berth of VM {machine.Name}",
        machine.BerthsAsync,
        berths => berths is [var berth] && berth.Uid != after?.Uid && berth.IsTrue("Ready") && berth.Text("status.phase") == "Running",
        Eventually.Booted,
        Cancellation,
        berths => string.Join('\n', berths)));

    /// <summary>Waits for a condition of the Node object, such as Ready or DiskPressure.</summary>
    internal Task NodeSaysAsync(string condition, string status) => Eventually.SeesAsync(
        $"node {Node.Name} to say {condition}={status}",
        token => Kubectl.GetAsync("node", Node.Name, null, token),
        node => (string?)node.Condition(condition)?["status"] == status,
        Eventually.Soon,
        Cancellation);

    /// <summary>Kills the kubelet and starts it again; <paramref name="eviction"/> is what it evicts for besides, such as <c>memory.available=1Pi</c>.</summary>
    internal async Task RestartKubeletAsync(CancellationToken cancellationToken, string eviction = "")
    {
        await KillAsync(Node.KubeletProcess, cancellationToken);
        await Stack.RunScriptAsync("kubelet.sh", ["start", Node.Name], cancellationToken, new Dictionary<string, string> { ["KUBELET_EVICTION"] = eviction });
    }

    /// <summary>SIGKILL, and waits until the process is gone: one that is still dying counts as alive to the scripts that start it again.</summary>
    internal async Task KillAsync(string process, CancellationToken cancellationToken)
    {
        var pid = Stack.Processes.Pid(process);
        var started = StackProcesses.StartTime(pid);
        Stack.Processes.Kill(process);
        await Eventually.SeesAsync(
            $"{process} to be gone", _ => Task.FromResult(StackProcesses.StartTime(pid)), seen => seen != started, Eventually.Soon, cancellationToken);
    }
}
