namespace Berth.EndToEnd.Tests;

/// <summary>What a node says of itself, and what it leaves alone.</summary>
public sealed class HypervisorTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Each_node_reports_itself_and_renews_its_lease()
    {
        foreach (var node in Stack.Nodes)
        {
            var hypervisor = await Eventually.SeesAsync(
                $"{node.Name} to be Ready", token => Kubectl.GetAsync("hv", node.Name, null, token), item => item.IsReady, Eventually.Soon, Cancellation);
            Assert.True(hypervisor.IsTrue("LibvirtAvailable"));
            Assert.NotNull(hypervisor.Text("status.versions.libvirt"));
            Assert.NotNull(hypervisor.Text("status.capacity.memory"));
            Assert.Equal("default", hypervisor.Text("status.pools.0.name"));
            var lease = await Kubectl.GetAsync("lease", $"hypervisor-{node.Name}", "berth-system", Cancellation);
            await Eventually.SeesAsync(
                $"the Lease of {node.Name} to be renewed",
                token => Kubectl.GetAsync("lease", $"hypervisor-{node.Name}", "berth-system", token),
                item => item.Text("spec.renewTime") != lease.Text("spec.renewTime"),
                TimeSpan.FromSeconds(25),
                Cancellation);
        }
    }

    [Fact]
    public async Task A_domain_that_Berth_did_not_make_is_reported_and_left_alone()
    {
        var node = Stack.Node("node-1");
        var name = $"{Namespace}-foreign";
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            $"<domain type='qemu'><name>{name}</name><memory unit='MiB'>16</memory><os><type machine='pc'>hvm</type></os><features><acpi/></features></domain>",
            Cancellation);
        try
        {
            await node.MustVirshAsync(Cancellation, "create", file);
            await Eventually.SeesAsync(
                "the node to report it",
                token => Kubectl.GetAsync("hv", "node-1", null, token),
                item => item.At("status.unmanaged")?.ToJsonString().Contains(name, StringComparison.Ordinal) == true,
                TimeSpan.FromSeconds(90),
                Cancellation);
            Assert.Equal("running", (await node.MustVirshAsync(Cancellation, "domstate", name)).Trim());
        }
        finally
        {
            await node.VirshAsync(CancellationToken.None, "destroy", name);
            File.Delete(file);
        }
    }
}
