namespace Berth.EndToEnd.Tests;

/// <summary>KVM where the node's check of /dev/kvm passes, emulation where the agent is told so.</summary>
public sealed class AcceleratorTests(Stack stack) : EndToEndTest(stack)
{
    // The stack runs node-1 with --accelerator=tcg and node-2 with --accelerator=auto.
    [Theory]
    [InlineData("node-1")]
    [InlineData("node-2")]
    public async Task The_domain_type_is_what_the_node_reports(string node)
    {
        var hypervisor = await Kubectl.GetAsync("hv", node, null, Cancellation);
        var accelerator = hypervisor.Text("status.accelerator.type");
        if (node == "node-1")
        {
            Assert.Equal("tcg", accelerator);
        }
        else if (accelerator != "kvm")
        {
            // Only a host whose /dev/kvm fails the check may end here, and the node says why.
            Assert.Equal("none", accelerator);
            Assert.NotEmpty(hypervisor.Text("status.accelerator.reason") ?? "");
            Assert.False(hypervisor.IsTrue("AcceleratorAvailable"));
            return;
        }

        await ApplyAsync(Manifests.DiskMachine("accelerated", Stack.Images.Idle, $"placement: {{nodeSelector: {{kubernetes.io/hostname: {node}}}}}"));
        var machine = await Machine("accelerated").BecomesReadyAsync("Running", Cancellation);
        Assert.Equal(accelerator, machine.Text("status.domain.accelerator"));
        var domain = await Machine("accelerated").DomainXmlAsync(Cancellation);
        Assert.Equal(accelerator == "kvm" ? "kvm" : "qemu", domain.Text("/domain/@type"));
        await Machine("accelerated").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
    }
}
