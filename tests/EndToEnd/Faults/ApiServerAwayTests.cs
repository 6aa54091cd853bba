namespace Berth.EndToEnd.Tests;

/// <summary>The API server does not answer for a while: nothing is started and nothing is stopped meanwhile, and all settles afterwards.</summary>
[Collection(nameof(Alone))]
public sealed class ApiServerAwayTests(Stack stack) : FaultTest(stack)
{
    private const string ApiServer = "kube-apiserver";

    // Two agents and the operator list and watch some twenty collections anew, and settle three VMs; a loop without a pause
    // would pass this in a second or two.
    private const int ManyRequests = 800;

    [Fact]
    public Task Frozen_for_a_short_while() => AwayAsync(isFrozen: true, TimeSpan.FromSeconds(25));

    [Fact]
    [Trait("Category", "Long")]
    public Task Frozen_for_five_minutes() => AwayAsync(isFrozen: true, TimeSpan.FromMinutes(5));

    [Fact]
    [Trait("Category", "Long")]
    public Task Killed_for_five_minutes() => AwayAsync(isFrozen: false, TimeSpan.FromMinutes(5));

    private async Task AwayAsync(bool isFrozen, TimeSpan away)
    {
        var steady = await RunningGuestAsync("steady", OnNode(Stack.Nodes[0]));
        var crashing = await RunningGuestAsync("crashing", OnNode(Stack.Nodes[0]));
        Action<string> take = isFrozen ? Stack.Processes.Freeze : Stack.Processes.Kill;
        take(ApiServer);
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
        }
        finally
        {
            await ComeBackAsync(isFrozen);
        }

        var back = Stack.AuditLog.Position;
        await crashing.Machine.BecomesAsync("to be restarted once", item => item.Text("status.restarts") == "1" && item.IsReady, Cancellation, Noticed);
        await SteadyGuest.FollowAsync(crashing.Machine, Cancellation, boots: 2);
        await steady.IsUntouchedAsync(Cancellation);
        await WorksAgainAsync();
        Assert.InRange(await Stack.AuditLog.RequestsOfBerthSinceAsync(back, Cancellation), 1, ManyRequests);
    }

    private async Task ComeBackAsync(bool isFrozen)
    {
        if (isFrozen)
        {
            Stack.Processes.Thaw(ApiServer);
        }
        else
        {
            await Stack.StartWhatDiedAsync(CancellationToken.None);
        }
    }
}
