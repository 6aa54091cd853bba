namespace Berth.EndToEnd.Tests;

/// <summary>A test that breaks something beside running guests.</summary>
public abstract class FaultTest(Stack stack) : EndToEndTest(stack)
{
    /// <summary>Takes longer than libvirt's keepalive, and than a loaded machine needs to notice anything.</summary>
    protected static TimeSpan Noticed { get; } = TimeSpan.FromSeconds(120);

    /// <summary>Starts a guest that counts its boots, and remembers what it is. <paramref name="spec"/> is YAML at the depth of spec's fields.</summary>
    internal async Task<SteadyGuest> RunningGuestAsync(string name, string spec = "")
    {
        await ApplyAsync(Manifests.DiskMachine(name, Stack.Images.Idle, spec));
        return await SteadyGuest.FollowAsync(Machine(name), Cancellation);
    }

    internal static string OnNode(StackNode node) => Manifests.OnNode(node.Name);

    internal Task<KubernetesJson> HypervisorAsync(StackNode node) => Kubectl.GetAsync("hv", node.Name, null, Cancellation);

    internal Task<KubernetesJson> HypervisorBecomesAsync(StackNode node, string what, Predicate<KubernetesJson> isMet) =>
        Eventually.SeesAsync($"the Hypervisor {node.Name} {what}", token => Kubectl.GetAsync("hv", node.Name, null, token), isMet, Noticed, Cancellation);

    /// <summary>Starts a VM without a disk on a node, from where it may move.</summary>
    internal async Task<Machine> BareMachineOnAsync(StackNode node, string name)
    {
        var others = Stack.Nodes.Where(other => other != node).ToList();
        await CordonAsync("cordon", others);
        try
        {
            await ApplyAsync(Manifests.BareMachine(name));
            var running = await Machine(name).BecomesReadyAsync("Running", Cancellation);
            Assert.Equal(node.Name, running.Text("status.nodeName"));
            return Machine(name);
        }
        finally
        {
            await CordonAsync("uncordon", others);
        }
    }

    private async Task CordonAsync(string command, IEnumerable<StackNode> nodes)
    {
        foreach (var node in nodes)
        {
            await Kubectl.MustAsync(Cancellation, command, node.Name);
        }
    }

    /// <summary>Does what Berth's webhooks refuse, as an administrator can who takes them away: while the operator is gone.</summary>
    internal async Task UnguardedAsync(Func<Task> act)
    {
        Stack.Processes.Kill("operator");
        await WebhooksAway.DeleteAsync(Stack, Cancellation);
        await act();
        await Stack.StartWhatDiedAsync(Cancellation);
    }

    /// <summary>Everything answers and works: what can be asked of a stack after a fault is asked of it, a new VM included.</summary>
    internal async Task WorksAgainAsync()
    {
        foreach (var node in Stack.Nodes)
        {
            await HypervisorBecomesAsync(node, "to be well", item => item.IsTrue("Ready") && item.IsTrue("LibvirtAvailable"));
            await Eventually.SeesAsync(
                $"the Node {node.Name} to be Ready", token => Kubectl.GetAsync("node", node.Name, null, token), item => item.IsTrue("Ready"), Noticed, Cancellation);
        }

        var name = $"new-{Guid.NewGuid().ToString("n")[..6]}";
        await ApplyAsync(Manifests.DiskMachine(name, Stack.Images.Idle));
        await Machine(name).BecomesReadyAsync("Running", Cancellation, Noticed);
        await Machine(name).DeleteAsync(Cancellation);
    }
}
