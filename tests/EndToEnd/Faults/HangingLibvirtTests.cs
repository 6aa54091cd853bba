using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>libvirt's daemon is there and does not answer.</summary>
[Collection(nameof(Faults))]
[Trait("Category", "Long")]
public sealed partial class HangingLibvirtTests(Stack stack) : FaultTest(stack)
{
    // Each lane of the agent's libvirt threads may be full once; a thread for each call that hangs would be far more after a minute.
    private const int MoreThreads = 40;

    [Fact]
    public async Task The_agent_says_so_and_touches_nothing()
    {
        var node = Stack.Nodes[0];
        var steady = await RunningGuestAsync("steady", OnNode(node));
        var threads = Threads(node);
        Stack.Processes.Freeze(node.LibvirtProcess);
        try
        {
            await HypervisorBecomesAsync(node, "to say that libvirt is away", item => !item.IsTrue("LibvirtAvailable"));
            await steady.Machine.BecomesAsync(
                "to be unknown", item => item.Reason("Ready") == "LibvirtUnavailable" && (string?)item.Condition("Ready")!["status"] == "Unknown", Cancellation, Noticed);

            // The agent itself is as responsive as before: it answers, its heart beats, its threads are few.
            await Stack.BecomesReadyAsync(node, Cancellation);
            var beat = await BeatAsync(node, Cancellation);
            await Eventually.SeesAsync("a new heartbeat", token => BeatAsync(node, token), seen => seen != beat, Eventually.Soon, Cancellation);
            Assert.InRange(Threads(node), 1, threads + MoreThreads);
            Assert.True(steady.HasItsProcess);
        }
        finally
        {
            Stack.Processes.Thaw(node.LibvirtProcess);
        }

        await WorksAgainAsync();
        await steady.IsUntouchedAsync(Cancellation);

        // Events are heard again: a crash is noticed without any other change.
        StackProcesses.Kill(steady.Guest.Qemu.Pid);
        await steady.Machine.BecomesAsync("to be restarted", item => item.Text("status.restarts") == "1" && item.IsReady, Cancellation);
    }

    private async Task<string?> BeatAsync(StackNode node, CancellationToken cancellationToken) =>
        (await Kubectl.GetAsync("lease", $"hypervisor-{node.Name}", "berth-system", cancellationToken)).Text("spec.renewTime");

    private int Threads(StackNode node) =>
        int.Parse(ThreadCount().Match(File.ReadAllText($"/proc/{Stack.Processes.Pid(node.AgentProcess)}/status")).Groups[1].Value, null);

    [GeneratedRegex(@"^Threads:\s*(\d+)$", RegexOptions.Multiline)]
    private static partial Regex ThreadCount();
}
