using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>The kubelet rejects berths at admission, or evicts them.</summary>
[Collection(nameof(RealNode))]
public sealed class RejectionTests(Stack stack) : RealNodeTest(stack)
{
    private const string SlotLabel = "berth-test/slot";
    private const string HostLabel = "berth.dev/host";

    /// <summary>The test is the scheduler here, and a careless one: it binds where the kubelet finds that the VM may not be.</summary>
    [Fact]
    public async Task A_VM_whose_berth_is_rejected_is_placed_anew_after_a_while()
    {
        var (first, refused) = await RejectedAsync();
        Assert.Contains("NodeAffinity", refused.Text("status.placementRefusals.0.reason"), StringComparison.Ordinal);
        Assert.Null(refused.Text("status.binding.nodeName"));
        await NewBerthAsync(berth => berth.Uid != first.Uid && Avoids(berth, Node.Name));

        await Kubectl.MustAsync(Cancellation, "label", "node", Node.Name, $"{SlotLabel}=free");
        try
        {
            await BindAsync(await NewBerthAsync(berth => berth.Uid != first.Uid && !Avoids(berth, Node.Name)));
            await Machine("careless").BecomesReadyAsync("Running", Cancellation);
            await RunsAsync(Machine("careless"));
        }
        finally
        {
            await Kubectl.RunAsync(CancellationToken.None, "label", "node", Node.Name, $"{SlotLabel}-");
        }
    }

    [Fact]
    public async Task A_running_VM_outlives_the_rejection_of_its_berth()
    {
        var steady = await SteadyAsync();
        await Kubectl.MustAsync(Cancellation, "label", "node", Node.Name, $"{HostLabel}-");
        try
        {
            await RestartKubeletAsync(Cancellation); // it admits all its pods again
            var lost = await steady.LosesPlaceAsync(Cancellation);
            Assert.Equal(Node.Name, lost.Text("status.binding.nodeName"));
            await steady.Machine.BecomesAsync("to say that no node fits", machine => machine.Reason("PlaceLost") == "Unschedulable", Cancellation);
            await steady.IsUntouchedAsync(Cancellation);
        }
        finally
        {
            await Kubectl.RunAsync(CancellationToken.None, "label", "node", Node.Name, $"{HostLabel}=true", "--overwrite");
        }

        await RunsAsync(steady.Machine, after: steady.Berth);
        await steady.IsWellAsync(Cancellation);
    }

    [Theory]
    [InlineData("memory.available", "MemoryPressure")]
    [InlineData("nodefs.available", "DiskPressure")]
    public async Task A_running_VM_outlives_the_eviction_of_its_berth(string signal, string pressure)
    {
        var steady = await SteadyAsync();
        await RestartKubeletAsync(Cancellation, $"{signal}=1Pi"); // more than any machine has
        try
        {
            await NodeSaysAsync(pressure, "True");
            await steady.LosesPlaceAsync(Cancellation);
            await steady.IsUntouchedAsync(Cancellation);
        }
        finally
        {
            await RestartKubeletAsync(CancellationToken.None);
        }

        await NodeSaysAsync(pressure, "False");
        await Stack.RunScriptAsync("containerd.sh", ["images", Node.Name], Cancellation); // a full disk makes the kubelet drop images
        var regained = await RunsAsync(steady.Machine, after: steady.Berth);
        Assert.Equal(Node.Name, regained.Text("spec.nodeName"));
        await steady.IsWellAsync(Cancellation);
    }

    /// <summary>A VM whose berth was rejected before the operator knew that it was bound, and that berth. Whether it was is a race, which the operator often wins.</summary>
    private async Task<(KubernetesJson Berth, KubernetesJson Refused)> RejectedAsync()
    {
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await ApplyAsync(Manifests.DiskMachine("careless", Stack.Images.Idle, $"placement: {{schedulerName: by-hand, nodeSelector: {{{SlotLabel}: free}}}}"));
            var berth = await NewBerthAsync(_ => true);
            await RejectAsync(berth);
            var seen = await Machine("careless").BecomesAsync(
                "to be refused or bound", machine => machine.Text("status.placementRefusals.0.node") == Node.Name || machine.Text("status.binding.nodeName") is not null, Cancellation);
            if (seen.Text("status.binding.nodeName") is null)
            {
                return (berth, seen);
            }

            await Kubectl.DeleteAsync("vm", "careless", Namespace, Cancellation, TimeSpan.FromSeconds(90));
        }

        throw new InvalidOperationException("the operator knew of each binding before the kubelet had rejected the berth");
    }

    private async Task RejectAsync(KubernetesJson bound)
    {
        Stack.Processes.Freeze("operator");
        try
        {
            await BindAsync(bound);
            await Eventually.SeesAsync(
                "the kubelet to reject the berth", Machine("careless").BerthAsync,
                berth => berth.Text("status.phase") == "Failed" && berth.Text("status.reason") == "NodeAffinity", Eventually.Soon, Cancellation);
        }
        finally
        {
            Stack.Processes.Thaw("operator");
        }
    }

    private async Task<KubernetesJson> NewBerthAsync(Predicate<KubernetesJson> isWanted) => (await Eventually.SeesAsync(
        "an unbound berth",
        Machine("careless").BerthsAsync,
        berths => berths is [var berth] && berth.Text("spec.nodeName") is null && berth.At("metadata.deletionTimestamp") is null && isWanted(berth),
        Eventually.Soon,
        Cancellation,
        berths => string.Join('\n', berths)))[0];

    private Task<CommandResult> BindAsync(KubernetesJson berth)
    {
        var binding = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Binding",
            ["metadata"] = new JsonObject { ["name"] = berth.Name, ["namespace"] = Namespace },
            ["target"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = Node.Name },
        };
        return Kubectl.RunAsync(binding.ToJsonString(), Cancellation, "create", "--raw", $"/api/v1/namespaces/{Namespace}/pods/{berth.Name}/binding", "-f", "-");
    }

    private static bool Avoids(KubernetesJson berth, string node) =>
        berth.At("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution")?.ToJsonString() is { } required
        && required.Contains("NotIn", StringComparison.Ordinal) && required.Contains(node, StringComparison.Ordinal);
}
