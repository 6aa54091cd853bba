namespace Berth.EndToEnd.Tests;

/// <summary>Kubelet and containerd die, hang and come back; no guest notices, and no berth is lost by it.</summary>
[Collection(nameof(RealNode))]
public sealed class KubeletFaultTests(Stack stack) : RealNodeTest(stack)
{
    [Fact]
    public async Task A_killed_kubelet_comes_back_to_the_same_berth()
    {
        var steady = await SteadyAsync();
        await RestartKubeletAsync(Cancellation);
        await NodeSaysAsync("Ready", "True");

        // It works again: what is asked of it now is done. The old berth is still the same by then.
        await SteadyAsync("next");
        await IsSameBerthAsync(steady);
        await steady.IsWellAsync(Cancellation);
    }

    [Fact]
    public async Task A_killed_containerd_comes_back_to_the_same_berth()
    {
        var steady = await SteadyAsync();
        await KillAsync(Node.ContainerdProcess, Cancellation);
        await steady.IsUntouchedAsync(Cancellation);
        await Stack.RunScriptAsync("containerd.sh", ["start", Node.Name], Cancellation);
        await NodeSaysAsync("Ready", "True");
        await SteadyAsync("next");
        await IsSameBerthAsync(steady);
        await steady.IsWellAsync(Cancellation);
    }

    [Fact]
    public async Task A_silent_kubelet_costs_neither_berth_nor_guest()
    {
        var steady = await SteadyAsync();
        using var standin = new HttpClient { BaseAddress = new(await Stack.StandinUrlAsync(Cancellation)) };
        (await standin.PutAsync("/nodes/bystander?address=192.0.2.1", null, Cancellation)).EnsureSuccessStatusCode(); // where all nodes are silent, none is tainted
        Stack.Processes.Freeze(Node.KubeletProcess);
        try
        {
            await NodeSaysAsync("Ready", "Unknown");
            await Eventually.SeesAsync(
                "the node to be tainted as unreachable",
                token => Kubectl.GetAsync("node", Node.Name, null, token),
                node => node.ToString() is var text && text.Contains("node.kubernetes.io/unreachable", StringComparison.Ordinal) && text.Contains("NoExecute", StringComparison.Ordinal),
                Eventually.Soon,
                Cancellation);
            await Eventually.HoldsAsync(
                "the berth stays", steady.Machine.BerthAsync, berth => berth.Uid == steady.Berth.Uid && berth.At("metadata.deletionTimestamp") is null,
                TimeSpan.FromSeconds(3), Cancellation);

            // The agent is heard all the while, so the VM is Ready.
            await steady.IsWellAsync(Cancellation);
        }
        finally
        {
            Stack.Processes.Thaw(Node.KubeletProcess);
            await standin.DeleteAsync("/nodes/bystander", CancellationToken.None);
        }

        await NodeSaysAsync("Ready", "True");
        await RunsAsync(steady.Machine);
        await IsSameBerthAsync(steady);
        await steady.IsWellAsync(Cancellation);
    }

    private static async Task IsSameBerthAsync(SteadyMachine steady)
    {
        var berth = await steady.Machine.BerthAsync(Cancellation);
        Assert.Equal(steady.Berth.Uid, berth.Uid);
        Assert.Equal("0", berth.Text("status.containerStatuses.0.restartCount"));
    }
}
