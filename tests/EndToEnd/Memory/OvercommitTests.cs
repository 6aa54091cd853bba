namespace Berth.EndToEnd.Tests;

/// <summary>Memory that domains which Berth did not make have been promised.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Long")]
public sealed class OvercommitTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task A_node_whose_domains_may_take_more_than_it_has_says_so_and_starts_no_guest()
    {
        var node = Stack.Node("node-1");
        string[] names = [$"{Namespace}-a", $"{Namespace}-b"];
        try
        {
            foreach (var name in names)
            {
                await CreateAsync(node, name, MachineMemory.TotalMebibytes() * 6 / 10);
            }

            await SaysOvercommittedAsync(node, "True");
            await ApplyAsync(Manifests.DiskMachine("late", Stack.Images.Idle, Manifests.OnNode("node-1")));
            await Machine("late").BecomesAsync("to be refused", machine => machine.Text("status.placementRefusals.0.node") == "node-1", Cancellation);
            var left = await node.MustVirshAsync(Cancellation, "list", "--name");
            Assert.All(names, name => Assert.Contains(name, left, StringComparison.Ordinal));
        }
        finally
        {
            foreach (var name in names)
            {
                await node.VirshAsync(CancellationToken.None, "destroy", name);
            }
        }

        await SaysOvercommittedAsync(node, null);
        await Machine("late").BecomesReadyAsync("Running", Cancellation, Eventually.Booted);
    }

    private Task<KubernetesJson> SaysOvercommittedAsync(StackNode node, string? status) => Eventually.SeesAsync(
        $"MemoryOvercommitted of {node.Name} to be {status ?? "absent"}",
        token => Kubectl.GetAsync("hv", node.Name, null, token),
        hypervisor => (string?)hypervisor.Condition("MemoryOvercommitted")?["status"] == status,
        TimeSpan.FromSeconds(90),
        Cancellation);

    private static async Task CreateAsync(StackNode node, string name, long mebibytes)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            $"<domain type='qemu'><name>{name}</name><memory unit='MiB'>{mebibytes}</memory><os><type machine='pc'>hvm</type></os><features><acpi/></features></domain>",
            Cancellation);
        try
        {
            await node.MustVirshAsync(Cancellation, "create", file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
