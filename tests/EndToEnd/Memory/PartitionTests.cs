using System.Globalization;

namespace Berth.EndToEnd.Tests;

/// <summary>Where QEMU is among the host's control groups.</summary>
public sealed class PartitionTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task QEMU_is_in_Berths_partition_and_in_no_pods_group_and_the_node_says_what_it_does_not_allow()
    {
        await ApplyAsync(Manifests.DiskMachine("kept", Stack.Images.Idle));
        var running = await Machine("kept").BecomesReadyAsync("Running", Cancellation);
        var node = Machine("kept").NodeOf(running);
        var (qemu, _) = StackNode.QemuProcess(running.Uid);

        var groups = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{qemu}/cgroup"), Cancellation);
        Assert.Contains(groups, group => IsMemory(group) && group.Contains("/berth.partition/", StringComparison.Ordinal));
        Assert.DoesNotContain(groups, group => group.Contains("kubepods", StringComparison.Ordinal));

        var hypervisor = await Eventually.SeesAsync(
            $"{node.Name} to say whether guests are protected",
            token => Kubectl.GetAsync("hv", node.Name, null, token),
            item => item.Condition("GuestsProtected") is not null && SaysScore(item) == !IsSpared(qemu),
            TimeSpan.FromSeconds(60),
            Cancellation);
        Assert.DoesNotContain("no partition", hypervisor.Message("GuestsProtected"), StringComparison.Ordinal);
        Assert.Equal("none", hypervisor.Text("status.lockManager"));
    }

    private static bool IsMemory(string group) => group.StartsWith("0::", StringComparison.Ordinal) ? group.Length > 4 : group.Split(':')[1] == "memory";

    private static bool SaysScore(KubernetesJson hypervisor) => hypervisor.Message("GuestsProtected").Contains("out-of-memory killer does not spare", StringComparison.Ordinal);

    private static bool IsSpared(int process) =>
        File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/oom_score_adj")).Trim() == "-999";
}
