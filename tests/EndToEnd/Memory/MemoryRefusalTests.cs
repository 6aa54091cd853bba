namespace Berth.EndToEnd.Tests;

/// <summary>Nodes that declare more memory than they have: the stack's say 64 GiB, on whatever machine.</summary>
public sealed class MemoryRefusalTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task A_VM_that_the_scheduler_accepts_and_real_memory_cannot_hold_is_started_nowhere_and_says_why()
    {
        var size = (MachineMemory.TotalMebibytes() / 1024) + 1;
        Assert.True(size < 63, $"this machine has {size} GiB: it can hold what the nodes declare");
        await ApplyAsync(Manifests.Machine("huge", $"memory: {{size: {size}Gi}}\ncpu: {{cores: 1}}"));
        var huge = await Machine("huge").BecomesAsync(
            "to be refused by every node",
            machine => machine.At("status.placementRefusals")?.AsArray().Count == Stack.Nodes.Count && machine.Reason("Ready") == "Unschedulable",
            Cancellation);

        Assert.Contains("too little free memory", huge.Message("Ready"), StringComparison.Ordinal);
        Assert.Equal(KStatus.InProgress, huge.KStatus());
        Assert.True(huge.IsTrue("Reconciling"));
        Assert.Equal("Pending", huge.Text("status.state"));
        foreach (var node in Stack.Nodes)
        {
            Assert.DoesNotContain(huge.Uid, await node.DomainsAsync(Cancellation));
        }
    }
}
