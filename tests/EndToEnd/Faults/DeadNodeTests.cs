using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>A person declares a node off. What is released on its behalf runs in one place in the end, and what was not released is untouched.</summary>
[Collection(nameof(Faults))]
public sealed class DeadNodeTests(Stack stack) : FaultTest(stack)
{
    private const string Taint = "node.kubernetes.io/out-of-service";

    // The operator believes in no death before 60 s of silence, which it looks for every 5 s, and everything behind it takes its time.
    private static readonly TimeSpan ProvenDead = TimeSpan.FromSeconds(150);

    private StackNode Node => Stack.Nodes[1];

    private StackNode Other => Stack.Nodes[0];

    [Fact]
    public async Task A_fence_under_another_boot_or_of_a_node_that_is_heard_releases_nothing_and_is_told()
    {
        var steady = await RunningGuestAsync("steady", OnNode(Node));
        var moving = await BareMachineOnAsync(Node, "moving");
        var binding = (await moving.GetAsync(Cancellation)).Text("status.binding");
        try
        {
            await FenceAsync($"\"{Guid.NewGuid()}\"");
            await HypervisorBecomesAsync(Node, "to name the fence as another boot's", item => item.Reason("FenceContradicted") == "AnotherBoot");
            await FenceAsync($"\"{(await HypervisorAsync(Node)).Text("status.bootId")}\"");
            var told = await HypervisorBecomesAsync(Node, "to say that its agent is heard", item => item.Reason("FenceContradicted") == "AgentHeard");
            Assert.Null(told.Condition("Dead"));
            Assert.Null(told.At("status.releases"));
        }
        finally
        {
            await FenceAsync("null");
        }

        await HypervisorBecomesAsync(Node, "to have no fence to speak of", item => item.Condition("FenceContradicted") is null);
        Assert.Equal(binding, (await moving.GetAsync(Cancellation)).Text("status.binding"));
        await steady.IsUntouchedAsync(Cancellation);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task After_a_power_cut_what_can_moves_and_what_has_disks_waits_for_its_node()
    {
        var steady = await RunningGuestAsync("steady", OnNode(Other));
        var kept = await RunningGuestAsync("kept", OnNode(Node));
        var moving = await BareMachineOnAsync(Node, "moving");
        Stack.Processes.Kill(Node.HostProcess);
        RunningGuest moved;
        try
        {
            await DeclareOffAsync();
            moved = await MovesAsync(moving);
            var held = await kept.Machine.BecomesAsync("to wait for its node", item => item.Message("Ready").Contains("waits until the node is back", StringComparison.Ordinal), Cancellation);
            Assert.Equal("Unknown", (string?)held.Condition("Ready")!["status"]);
            Assert.Equal((Node.Name, "1"), (held.Text("status.binding.nodeName"), held.Text("status.binding.epoch")));
        }
        finally
        {
            await ComeBackAsync();
        }

        await ServedAsync();
        await SteadyGuest.FollowAsync(kept.Machine, Cancellation, boots: 2);
        await RunsOnceAsync(moving, moved);
        await WorksAgainAsync();
        await steady.IsUntouchedAsync(Cancellation);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task An_agent_that_was_only_frozen_ends_what_was_released_and_touches_nothing_else()
    {
        var kept = await RunningGuestAsync("kept", OnNode(Node));
        var moving = await BareMachineOnAsync(Node, "moving");
        var uid = (await moving.GetAsync(Cancellation)).Uid;
        var old = await Node.RunningGuestAsync(uid, Cancellation);
        RunningGuest moved;
        Stack.Processes.Freeze(Node.AgentProcess);
        try
        {
            await DeclareOffAsync();
            moved = await MovesAsync(moving);
            Assert.Equal(old, await Node.RunningGuestAsync(uid, Cancellation));
            Assert.True(kept.HasItsProcess);
        }
        finally
        {
            Stack.Processes.Thaw(Node.AgentProcess);
            await ComeBackAsync();
        }

        await Eventually.SeesAsync("the agent to end what was released", Node.DomainsAsync, domains => !domains.Contains(uid), Noticed, Cancellation);
        await ServedAsync();
        await kept.IsUntouchedAsync(Cancellation);
        await RunsOnceAsync(moving, moved);
        await WorksAgainAsync();
    }

    private Task FenceAsync(string boot) => Kubectl.PatchAsync("hv", Node.Name, null, $$$"""{"spec":{"fenced":{{{boot}}}}}""", CancellationToken.None);

    private Task<string> DeclareOffAsync() => Kubectl.MustAsync(Cancellation, "taint", "node", Node.Name, $"{Taint}=nodeshutdown:NoExecute");

    private async Task ComeBackAsync()
    {
        await Kubectl.RunAsync(CancellationToken.None, "taint", "node", Node.Name, $"{Taint}-");
        await Stack.StartWhatDiedAsync(CancellationToken.None);
    }

    /// <summary>Waits until the VM runs on the other node, which nothing but a record has allowed.</summary>
    private async Task<RunningGuest> MovesAsync(Machine machine)
    {
        var running = await machine.BecomesAsync(
            $"to run on {Other.Name}", item => item.IsReady && item.Text("status.nodeName") == Other.Name && item.Text("status.binding.epoch") == "2", Cancellation, ProvenDead);
        var host = await HypervisorAsync(Node);
        Assert.True(host.IsTrue("Dead"));
        Assert.Equal("OutOfService", host.Reason("Dead"));
        var record = Assert.Single(Releases(host));
        Assert.Equal((running.Uid, "1", Node.Name), ((string?)record!["uid"], record["epoch"]!.ToString(), (string?)record["node"]));
        return await Other.RunningGuestAsync(running.Uid, Cancellation);
    }

    private Task<KubernetesJson> ServedAsync() => HypervisorBecomesAsync(
        Node, "to be alive, its records served", item => item.Condition("Dead") is null && Releases(item).Count == 0 && item.At("metadata.finalizers") is null or JsonArray { Count: 0 });

    private async Task RunsOnceAsync(Machine machine, RunningGuest moved)
    {
        var uid = (await machine.BecomesReadyAsync("Running", Cancellation)).Uid;
        Assert.Equal(moved, await Other.RunningGuestAsync(uid, Cancellation));
        Assert.DoesNotContain(uid, await Node.DomainsAsync(Cancellation));
    }

    private static JsonArray Releases(KubernetesJson host) => (host.At("status.releases") as JsonArray) ?? [];
}
