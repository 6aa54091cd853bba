namespace Berth.EndToEnd.Tests;

/// <summary>How many writes one VM costs the API server: by operator, agents and kube-scheduler, for the VM and what it owns, from apply until Ready.</summary>
/// <remarks>Leases, the kubelet, the scheduler's events, the namespace's disruption budget and the user's own apply are apart.</remarks>
[Collection(nameof(Alone))]
public sealed class WriteCountTests(Stack stack) : EndToEndTest(stack)
{
    private static readonly string[] Counted = ["operator", "agent", "scheduler"];

    [Fact]
    public async Task A_VM_with_a_kernel_and_one_card_costs_six_writes()
    {
        await WarmUpAsync();
        var writes = await CountAsync("kernel", Manifests.Machine("kernel",
            $$"""
              memory: {size: 96Mi}
              terminationGracePeriodSeconds: 0
              firmware: {kernel: {image: {{Stack.Images.Kernel}}, initrd: {{Stack.Images.Initrd}}, cmdline: console=ttyS0} }
              interfaces: [{name: lan, network: default}]
              """));
        Assert.InRange(writes, 5, 6);
    }

    [Fact]
    public async Task A_VM_with_one_templated_disk_costs_eight_writes()
    {
        await WarmUpAsync();
        var writes = await CountAsync("disk", Manifests.DiskMachine("disk", Stack.Images.Idle));
        Assert.InRange(writes, 7, 8);
    }

    // The first VM of a namespace pays for the budget and of an image for its copy.
    private async Task WarmUpAsync()
    {
        await ApplyAsync(Manifests.DiskMachine("warm", Stack.Images.Idle, On) + "---\n" + Manifests.KernelMachine("warm-kernel", Stack.Images.Kernel, Stack.Images.Initrd, On + "\nrestartPolicy: Never"));
        await Machine("warm").BecomesReadyAsync("Running", Cancellation);
        await Machine("warm-kernel").BecomesReadyAsync("Running", Cancellation);
        await Kubectl.PatchAsync("vm", "warm-kernel", Namespace, """{"spec":{"terminationGracePeriodSeconds":0}}""", Cancellation);
        await Machine("warm-kernel").DeleteAsync(Cancellation);
    }

    private static readonly string On = Manifests.OnNode("node-1");

    private async Task<int> CountAsync(string name, string manifest)
    {
        var start = Stack.AuditLog.Position;
        await ApplyAsync(manifest.Replace("spec:\n", $"spec:\n  {On}\n", StringComparison.Ordinal));
        await Machine(name).BecomesReadyAsync("Running", Cancellation);
        // The event follows the status; without it the count would be short.
        await Eventually.SeesAsync(
            "the Started event",
            token => Kubectl.ListAsync("events", Namespace, token, "--field-selector", $"involvedObject.name={name},reason=Started"),
            events => events.Count == 1,
            Eventually.Soon,
            Cancellation);
        var writes = (await Stack.AuditLog.WritesSinceAsync(start, Cancellation)).Where(write => IsOfTheMachine(write, name)).ToList();
        Show(writes);
        Assert.DoesNotContain(writes, write => write.Code >= 400);
        return writes.Count;
    }

    private bool IsOfTheMachine(ApiWrite write, string name) =>
        write.Namespace == Namespace
        && Counted.Contains(write.Writer)
        && !write.Name.StartsWith("warm", StringComparison.Ordinal)
        && write.Resource is not ("leases" or "poddisruptionbudgets")
        && !(write is { Writer: "scheduler", Resource: "events" })
        && (write.Name.Length == 0 || write.Name.StartsWith(name, StringComparison.Ordinal));

    private static void Show(IReadOnlyList<ApiWrite> writes)
    {
        TestContext.Current.TestOutputHelper?.WriteLine("| writer | verb | resource | code |\n|---|---|---|---|");
        foreach (var write in writes)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"| {write.Writer} | {write.Verb} | {write.Resource} | {write.Code} |");
        }
    }
}
