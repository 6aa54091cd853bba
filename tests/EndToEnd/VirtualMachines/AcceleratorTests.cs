namespace Berth.EndToEnd.Tests;

/// <summary>KVM where the node's check of /dev/kvm passes, emulation where the agent is told so.</summary>
[Collection(nameof(Alone))]
public sealed class AcceleratorTests(Stack stack) : EndToEndTest(stack)
{
    private const string Node = "node-2";

    [Fact]
    public async Task Guests_are_emulated_where_the_agent_is_told_so()
    {
        var machine = await RunsAsync();
        Assert.Equal("tcg", machine.Text("status.domain.accelerator"));
        Assert.Equal("qemu", (await Machine("accelerated").DomainXmlAsync(Cancellation)).Text("/domain/@type"));
    }

    [Fact]
    public async Task Guests_run_on_KVM_where_its_check_passes()
    {
        try
        {
            Stack.Processes.Kill(Stack.Node(Node).AgentProcess);
            await Stack.StartWhatDiedAsync(Cancellation, accelerator: "auto");
            var node = await HypervisorAsync(item => item.Text("status.accelerator.type") is "kvm" or "none");
            if (node.Text("status.accelerator.type") == "none")
            {
                await IsRefusedAsync(node);
                return;
            }

            var machine = await RunsAsync();
            Assert.Equal("kvm", machine.Text("status.domain.accelerator"));
            Assert.Equal("kvm", (await Machine("accelerated").DomainXmlAsync(Cancellation)).Text("/domain/@type"));
            await Machine("accelerated").DeleteAsync(Cancellation);
        }
        finally
        {
            Stack.Processes.Kill(Stack.Node(Node).AgentProcess);
            await Stack.StartWhatDiedAsync(CancellationToken.None);
            await HypervisorAsync(item => item.Text("status.accelerator.type") == "tcg");
        }
    }

    // A host whose /dev/kvm fails its check says why, and takes no VM.
    private async Task IsRefusedAsync(KubernetesJson node)
    {
        Assert.False(node.IsTrue("AcceleratorAvailable"), node.ToString());
        Assert.NotEmpty(node.Text("status.accelerator.reason") ?? "");
        await ApplyAsync(Manifest());
        await Machine("accelerated").BecomesAsync("to be refused", machine => machine.At("status.placementRefusals.0") is not null, Cancellation);
    }

    private async Task<KubernetesJson> RunsAsync()
    {
        await ApplyAsync(Manifest());
        var machine = await Machine("accelerated").BecomesReadyAsync("Running", Cancellation);
        await Machine("accelerated").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation, Eventually.Soon);
        return machine;
    }

    private string Manifest() => Manifests.DiskMachine("accelerated", Stack.Images.Idle, Manifests.OnNode(Node));

    private Task<KubernetesJson> HypervisorAsync(Predicate<KubernetesJson> isMet) => Eventually.SeesAsync(
        $"{Node} to report its accelerator", token => Kubectl.GetAsync("hv", Node, null, token), isMet, Eventually.Soon, CancellationToken.None);
}
