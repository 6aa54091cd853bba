namespace Berth.EndToEnd.Tests;

/// <summary>The API server does not answer for a while: nothing is started and nothing is stopped meanwhile, and all settles afterwards.</summary>
[Collection(nameof(Faults))]
public sealed class ApiServerAwayTests(Stack stack) : FaultTest(stack)
{
    private const string ApiServer = "kube-apiserver";

    // Two agents and the operator list and watch some twenty collections anew, and settle three VMs; a loop without a pause
    // would pass this in a second or two.
    private const int ManyRequests = 800;

    private StackNode Node => Stack.Nodes[0];

    [Fact]
    public Task Frozen_for_a_short_while() => FrozenAsync(TimeSpan.FromSeconds(20));

    [Fact]
    [Trait("Category", "Long")]
    public Task Frozen_for_five_minutes() => FrozenAsync(TimeSpan.FromMinutes(5));

    [Fact]
    [Trait("Category", "Long")]
    public Task Killed_for_five_minutes() => AwayAsync(
        () =>
        {
            Stack.Processes.Kill(ApiServer);
            return Task.CompletedTask;
        },
        () => Stack.StartWhatDiedAsync(CancellationToken.None),
        TimeSpan.FromMinutes(5));

    // Long enough for the first packets to be sent again late, and short enough for the connection to live.
    [Fact]
    public Task Cut_off_from_a_node_for_a_short_while() => AwayAsync(CutAsync, MendAsync, TimeSpan.FromSeconds(15));

    // Long enough for every connection to be given up on both sides, and for the operator to miss the agent.
    [Fact]
    [Trait("Category", "Long")]
    public Task Cut_off_from_a_node_for_three_minutes() => AwayAsync(CutAsync, MendAsync, TimeSpan.FromMinutes(3), steady => steady.Machine.BecomesAsync(
        "to be unknown", item => item.Reason("Ready") == "NodeUnreachable" && (string?)item.Condition("Ready")!["status"] == "Unknown", Cancellation));

    private Task FrozenAsync(TimeSpan away) => AwayAsync(
        () =>
        {
            Stack.Processes.Freeze(ApiServer);
            return Task.CompletedTask;
        },
        () =>
        {
            Stack.Processes.Thaw(ApiServer);
            return Task.CompletedTask;
        },
        away);

    // No answer of any kind, as from a broken cable: a refused connection would be noticed at once.
    private Task CutAsync() => Node.MustRunAsync(
        Cancellation,
        "nft",
        "add table inet fault; add chain inet fault in { type filter hook input priority 0; }; add chain inet fault out { type filter hook output priority 0; }; "
        + "add rule inet fault in tcp sport 26443 drop; add rule inet fault out tcp dport 26443 drop");

    private Task MendAsync() => Node.MustRunAsync(CancellationToken.None, "nft", "delete table inet fault");

    private async Task AwayAsync(Func<Task> take, Func<Task> giveBack, TimeSpan away, Func<SteadyGuest, Task>? look = null)
    {
        var steady = await RunningGuestAsync("steady", OnNode(Node));
        var crashing = await RunningGuestAsync("crashing", OnNode(Node));
        await take();
        try
        {
            // restartPolicy would start this one again at once. Without the API server nobody knows whether it may.
            StackProcesses.Kill(crashing.Guest.Qemu.Pid);
            await Eventually.SeesAsync("the guest to be gone", _ => Task.FromResult(StackNode.QemuProcess(crashing.Uid).Pid), pid => pid == 0, Eventually.Soon, Cancellation);
            await Eventually.HoldsAsync(
                "one guest runs and the other stays off",
                _ => Task.FromResult((steady.HasItsProcess, Crashed: StackNode.QemuProcess(crashing.Uid).Pid)),
                seen => seen is (true, 0),
                away,
                Cancellation);
            await (look?.Invoke(steady) ?? Task.CompletedTask);
        }
        finally
        {
            await giveBack();
        }

        var back = Stack.AuditLog.Position;
        await crashing.Machine.BecomesAsync("to be restarted once", item => item.Text("status.restarts") == "1" && item.IsReady, Cancellation, Noticed);
        await SteadyGuest.FollowAsync(crashing.Machine, Cancellation, boots: 2);
        await steady.IsUntouchedAsync(Cancellation);
        await WorksAgainAsync();
        Assert.InRange(await Stack.AuditLog.RequestsOfBerthSinceAsync(back, Cancellation), 1, ManyRequests);
    }
}
