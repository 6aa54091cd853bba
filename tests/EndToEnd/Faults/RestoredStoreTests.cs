using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>etcd is put back to an older state: what runs is more than the API server knows, or other than it knows. Nothing that runs is touched.</summary>
[Collection(nameof(Faults))]
[Trait("Category", "Long")]
public sealed class RestoredStoreTests(Stack stack) : FaultTest(stack)
{
    private const string Pool = "/var/lib/berth/pools/default";

    // Kubernetes wants its own parts started again after this. Operator and agents find out by themselves.
    private static readonly string[] ControlPlane = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "node-standin", "etcd"];

    [Fact]
    public async Task Guests_that_the_backup_does_not_know_or_knows_otherwise_run_on()
    {
        var node = Stack.Nodes[0];
        var kept = await RunningGuestAsync("kept", OnNode(node));
        var rebound = await RunningGuestAsync("rebound", OnNode(node));
        var deleted = await RunningGuestAsync("deleted", OnNode(node));
        var moved = await BareMachineOnAsync(node, "moved");
        var (movedUid, elsewhere) = ((await moved.GetAsync(Cancellation)).Uid, Stack.Nodes[1]);
        var backup = await BackUpAsync();

        rebound = await StartAnewAsync(rebound);
        await deleted.Machine.DeleteAsync(Cancellation);
        var movedGuest = await MoveAsync(moved, elsewhere);
        var unknown = await RunningGuestAsync("unknown", OnNode(node));
        await RestoreAsync(backup);

        // Made since: no object, so an orphan. Bound anew since: a domain from the future. Both run, both are told.
        await HypervisorBecomesAsync(node, "to list the orphan", item => Orphans(item).Contains(unknown.Uid));
        Assert.Null(await Kubectl.FindAsync("vm", "unknown", Namespace, Cancellation));
        await rebound.Machine.StallsAsync("EpochAnomaly", Cancellation);
        await unknown.RunsOnAsync(Cancellation);
        await rebound.RunsOnAsync(Cancellation);

        // Deleted since: its object is back, its data is not, and nothing is made in its place.
        await Eventually.SeesAsync(
            "the volume to be lost", token => Kubectl.GetAsync("vol", "deleted-root", Namespace, token), item => item.Reason("Stalled") == "VolumeLost", Noticed, Cancellation);
        Assert.DoesNotContain(deleted.Uid, await node.DomainsAsync(Cancellation));
        Assert.DoesNotContain(RemainingFiles(), file => file.Contains(".deleted-root.", StringComparison.Ordinal));

        // Moved since: the node that it left is the one that the API server now names. It remembers that it let go.
        await moved.StallsAsync("EpochAnomaly", Cancellation);
        Assert.DoesNotContain(movedUid, await node.DomainsAsync(Cancellation));
        await HypervisorBecomesAsync(elsewhere, "to list the stray", item => Orphans(item).Contains(movedUid));

        await WorksAgainAsync();
        Assert.DoesNotContain(movedUid, await node.DomainsAsync(Cancellation));
        Assert.Equal(movedGuest, await elsewhere.RunningGuestAsync(movedUid, Cancellation));
        await kept.IsUntouchedAsync(Cancellation);
        await unknown.RunsOnAsync(Cancellation);
        await rebound.RunsOnAsync(Cancellation);

        // A person has looked.
        foreach (var (where, uid) in ((StackNode, string)[])[(node, unknown.Uid), (node, rebound.Uid), (elsewhere, movedUid)])
        {
            await where.MustVirshAsync(Cancellation, "destroy", uid);
            await where.MustVirshAsync(Cancellation, "undefine", uid);
        }

        foreach (var machine in (Machine[])[moved, rebound.Machine])
        {
            await PowerAsync(machine, "Stopped");
            await PowerAsync(machine, "Running");
        }


        await HypervisorBecomesAsync(node, "to list no orphan", item => !Orphans(item).Contains(unknown.Uid));
        foreach (var file in node.Files(Pool).Where(file => file.StartsWith($"{Namespace}.unknown-root.", StringComparison.Ordinal)))
        {
            File.Delete(node.Path($"{Pool}/{file}"));
        }
    }

    private static IEnumerable<string?> Orphans(KubernetesJson hypervisor) =>
        ((hypervisor.At("status.orphans") as JsonArray) ?? []).Select(orphan => (string?)orphan!["uuid"]);

    private async Task<SteadyGuest> StartAnewAsync(SteadyGuest guest)
    {
        await PowerAsync(guest.Machine, "Stopped");
        await PowerAsync(guest.Machine, "Running");
        return await SteadyGuest.FollowAsync(guest.Machine, Cancellation, guest.Boots + 1);
    }

    private async Task<RunningGuest> MoveAsync(Machine machine, StackNode target)
    {
        await PowerAsync(machine, "Stopped");
        await machine.PatchSpecAsync($$"""{"placement":{"nodeSelector":{"kubernetes.io/hostname":"{{target.Name}}"} } }""", Cancellation);
        await PowerAsync(machine, "Running");
        return await target.RunningGuestAsync((await machine.GetAsync(Cancellation)).Uid, Cancellation);
    }

    private async Task PowerAsync(Machine machine, string state)
    {
        await machine.PatchSpecAsync($$"""{"powerState":"{{state}}"}""", Cancellation);
        await machine.BecomesReadyAsync(state, Cancellation);
        if (state == "Stopped")
        {
            await machine.BecomesAsync("to be unbound", item => item.Text("status.binding.nodeName") is null, Cancellation);
        }
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
