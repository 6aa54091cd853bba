using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>etcd is put back to an older state: what runs is more than the API server knows, or other than it knows. Nothing that runs is touched.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Long")]
public sealed class RestoredStoreTests(Stack stack) : FaultTest(stack)
{
    // Kubernetes wants its own parts started again after this. Operator and agents find out by themselves.
    private static readonly string[] ControlPlane = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "node-standin", "etcd"];

    [Fact]
    public async Task Guests_that_the_backup_does_not_know_or_knows_otherwise_run_on()
    {
        var node = Stack.Nodes[0];
        var kept = await RunningGuestAsync("kept", OnNode(node));
        var rebound = await RunningGuestAsync("rebound", OnNode(node));
        var deleted = await RunningGuestAsync("deleted", OnNode(node));
        var backup = await BackUpAsync();

        rebound = await StartAnewAsync(rebound);
        await deleted.Machine.DeleteAsync(Cancellation);
        var unknown = await RunningGuestAsync("unknown", OnNode(node));
        await RestoreAsync(backup);

        // Made since: no object, so an orphan. Bound anew since: a domain from the future. Both run, both are told.
        await HypervisorBecomesAsync(node, "to list the orphan", item => Orphans(item).Contains(unknown.Uid));
        Assert.Null(await Kubectl.FindAsync("vm", "unknown", Namespace, Cancellation));
        await rebound.Machine.StallsAsync("EpochAnomaly");
        await unknown.RunsOnAsync(Cancellation);
        await rebound.RunsOnAsync(Cancellation);

        // Deleted since: its object is back, its data is not, and nothing is made in its place.
        await Eventually.SeesAsync(
            "the volume to be lost", token => Kubectl.GetAsync("vol", "deleted-root", Namespace, token), item => item.Reason("Stalled") == "VolumeLost", Noticed, Cancellation);
        Assert.DoesNotContain(deleted.Uid, await node.DomainsAsync(Cancellation));
        Assert.DoesNotContain(RemainingFiles(), file => file.Contains(".deleted-root.", StringComparison.Ordinal));

        await WorksAgainAsync();
        await kept.IsUntouchedAsync(Cancellation);
        await unknown.RunsOnAsync(Cancellation);
        await rebound.RunsOnAsync(Cancellation);

        // A person has looked.
        foreach (var uid in (string[])[unknown.Uid, rebound.Uid])
        {
            await node.MustVirshAsync(Cancellation, "destroy", uid);
            await node.MustVirshAsync(Cancellation, "undefine", uid);
        }

        await HypervisorBecomesAsync(node, "to list no orphan", item => !Orphans(item).Contains(unknown.Uid));
        await rebound.Machine.BecomesReadyAsync("Running", Cancellation, Noticed);
        foreach (var file in node.Files(Pool).Where(file => file.StartsWith($"{Namespace}.unknown-root.", StringComparison.Ordinal)))
        {
            File.Delete(node.Path($"{Pool}/{file}"));
        }
    }

    private const string Pool = "/var/lib/berth/pools/default";

    private static IEnumerable<string?> Orphans(KubernetesJson hypervisor) =>
        ((hypervisor.At("status.orphans") as JsonArray) ?? []).Select(orphan => (string?)orphan!["uuid"]);

    private async Task<SteadyGuest> StartAnewAsync(SteadyGuest guest)
    {
        await guest.Machine.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await guest.Machine.BecomesReadyAsync("Stopped", Cancellation);
        await guest.Machine.BecomesAsync("to be unbound", item => item.Text("status.binding.nodeName") is null, Cancellation);
        await guest.Machine.PatchSpecAsync("""{"powerState":"Running"}""", Cancellation);
        return await SteadyGuest.FollowAsync(guest.Machine, Cancellation, guest.Boots + 1);
    }

    // A copy while nothing is written is what a power cut leaves, and etcd opens that.
    private async Task<string> BackUpAsync()
    {
        var backup = Path.Combine(Stack.Folder, "etcd-backup");
        Stack.Processes.Freeze("etcd");
        try
        {
            (await Command.RunAsync("cp", ["-a", Path.Combine(Stack.Folder, "etcd"), backup], Cancellation)).MustSucceed();
        }
        finally
        {
            Stack.Processes.Thaw("etcd");
        }

        return backup;
    }

    private async Task RestoreAsync(string backup)
    {
        foreach (var process in ControlPlane)
        {
            Stack.Processes.Kill(process);
        }

        await Eventually.SeesAsync(
            "the control plane to be down", _ => Task.FromResult(Stack.Processes.Dead()), dead => !ControlPlane.Except(dead).Any(), Eventually.Soon, Cancellation);
        Directory.Delete(Path.Combine(Stack.Folder, "etcd"), recursive: true);
        Directory.Move(backup, Path.Combine(Stack.Folder, "etcd"));
        await Stack.StartWhatDiedAsync(Cancellation);
    }
}
