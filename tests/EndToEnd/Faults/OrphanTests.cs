using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>A domain whose VM is not found runs on, and goes when a person says so.</summary>
[Collection(nameof(Faults))]
public sealed class OrphanTests(Stack stack) : FaultTest(stack)
{
    // It heeds its power button: an orphan is asked before it is switched off.
    private const string Counter = "counter";

    [Fact]
    public async Task An_orphan_is_listed_runs_on_and_is_removed_on_request()
    {
        var steady = await RunningGuestAsync("steady");
        var node = steady.Node;
        await ApplyAsync(Manifests.DiskMachine("lost", Counter, OnNode(node)));
        var uid = (await Machine("lost").BecomesReadyAsync("Running", Cancellation)).Uid;
        var guest = await node.RunningGuestAsync(uid, Cancellation);
        await UnguardedAsync(async () =>
        {
            await Kubectl.PatchAsync("vm", "lost", Namespace, """{"metadata":{"finalizers":null}}""", Cancellation);
            await Kubectl.MustAsync(Cancellation, "delete", "vm", "lost", "-n", Namespace);
        });
        await HypervisorBecomesAsync(node, "to list the orphan", item => IsListed(item, uid));
        Assert.Equal(guest, await node.RunningGuestAsync(uid, Cancellation));

        // Whom the list names and who is no orphan is not meant.
        await AskAsync(node, $"[\"{uid}\",\"{steady.Uid}\"]");
        try
        {
            await Eventually.SeesAsync("the orphan to be removed", node.DomainsAsync, domains => !domains.Contains(uid), Eventually.Soon, Cancellation);
            await HypervisorBecomesAsync(node, "to list no orphan", item => !IsListed(item, uid));
            await steady.IsUntouchedAsync(Cancellation);
        }
        finally
        {
            await AskAsync(node, "null");
        }

        // Its disk was deleted by the garbage collector, which nobody has asked: it stays until a person says so.
        var disk = await Eventually.SeesAsync(
            "the disk's deletion to be held", token => Kubectl.GetAsync("vol", "lost-root", Namespace, token),
            item => (string?)item.Condition("Stalled")?["reason"] == "DeletionHeld", Eventually.Soon, Cancellation);
        await Kubectl.MustAsync(Cancellation, "annotate", "vol", "lost-root", "-n", Namespace, $"berth.dev/confirm-deletion={disk.Uid}");
        await Eventually.SeesAsync("the disk to go", token => Kubectl.FindAsync("vol", "lost-root", Namespace, token), item => item is null, Eventually.Soon, Cancellation);
    }

    private Task AskAsync(StackNode node, string orphans) =>
        Kubectl.PatchAsync("hv", node.Name, null, $$$"""{"spec":{"removeOrphans":{{{orphans}}}}}""", CancellationToken.None);

    private static bool IsListed(KubernetesJson hypervisor, string uid) =>
        ((hypervisor.At("status.orphans") as JsonArray) ?? []).Any(orphan => (string?)orphan!["uuid"] == uid);
}
