using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>CustomResourceDefinitions are deleted and made anew, and the API server deletes every object with them: guests run on, and disks stay until a person answers for them.</summary>
[Collection(nameof(Faults))]
public sealed class KindDeletionTests(Stack stack) : EndToEndTest(stack)
{
    private const string Volumes = "/var/lib/berth/pools/default";
    private static readonly string[] Kinds = ["virtualmachines.berth.dev", "storagevolumes.berth.dev"];

    [Fact]
    public async Task Guests_and_disks_outlive_their_kinds()
    {
        try
        {
            await OutliveAsync();
        }
        finally
        {
            await TidyUpAsync();
        }
    }

    private async Task OutliveAsync()
    {
        await ApplyAsync(On("running", "node-1") + "---\n" + On("resting", "node-2"));
        var guest = await SteadyGuest.FollowAsync(Machine("running"), Cancellation);
        await Machine("resting").BecomesReadyAsync("Running", Cancellation);
        await Machine("resting").PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        var resting = await Machine("resting").BecomesReadyAsync("Stopped", Cancellation);
        var files = Files();
        Assert.Equal(2, files.Count);

        await DeleteKindsAsync();
        await HeldAsync("running", "is being deleted");
        await HeldAsync("resting", "is being deleted");
        Stack.Processes.Kill(guest.Node.AgentProcess);
        Stack.Processes.Kill("operator");
        await Stack.StartWhatDiedAsync(Cancellation);
        await StayAsync(guest, files);

        await TakeKindsAwayAsync();
        await Stack.RunScriptAsync("objects.sh", ["apply"], Cancellation);

        // Looked at again now, and not within a minute; what is no UID of theirs answers for nothing.
        await Kubectl.MustAsync(Cancellation, "annotate", "vm,vol", "--all", "-n", Namespace, "berth.dev/confirm-deletion=true");
        await HeldAsync("running", "was made anew");
        await HeldAsync("resting", "was made anew");
        await StayAsync(guest, files);

        await ANewVmWaitsForTheOrphanAsync(guest, files);
        await AnswerAsync("vm", "resting", "confirm-deletion");
        await AnswerAsync("vol", "resting-root", "confirm-deletion");
        await Eventually.SeesAsync("the VM whose deletion is confirmed to go", token => Kubectl.FindAsync("vm", "resting", Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        Assert.DoesNotContain(Files(), file => file.EndsWith(resting.Uid[..8], StringComparison.Ordinal) || file.Contains("resting", StringComparison.Ordinal));
    }

    private string On(string name, string node) =>
        Manifests.DiskMachine(name, Stack.Images.Idle, Manifests.OnNode(node));

    private IReadOnlyList<string> Files() =>
        [.. Stack.Nodes.SelectMany(node => node.Files(Volumes)).Where(file => file.StartsWith($"{Namespace}.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private async Task DeleteKindsAsync()
    {
        await Kubectl.MustAsync(Cancellation, ["delete", "crd", .. Kinds, "--wait=false"]);
        foreach (var kind in (string[])["vm", "vol"])
        {
            await Eventually.SeesAsync(
                $"every {kind} to be deleted", token => Kubectl.ListAsync(kind, Namespace, token),
                items => items.All(item => item.Text("metadata.deletionTimestamp") is not null), Eventually.Soon, Cancellation);
        }
    }

    /// <summary>By force: objects stay in the store, and nobody can ask for them.</summary>
    private async Task TakeKindsAwayAsync()
    {
        var position = Stack.AuditLog.Position;
        foreach (var kind in Kinds)
        {
            await Kubectl.PatchAsync("crd", kind, null, """{"metadata":{"finalizers":[]}}""", Cancellation);
        }

        await Eventually.SeesAsync(
            "operator and agents to miss their kinds", token => MissedAsync(position, token), missed => missed.Count >= 3 * Kinds.Length, Eventually.Soon, Cancellation);
        var from = Stack.AuditLog.Position;
        await Eventually.HoldsAsync("they wait longer and longer", token => MissedAsync(from, token), missed => missed.Count < 60, TimeSpan.FromSeconds(3), Cancellation);
        Assert.Empty(Stack.Processes.Dead());
    }

    private async Task<IReadOnlyList<string>> MissedAsync(long position, CancellationToken cancellationToken) =>
    [
        .. (await Stack.AuditLog.EntriesSinceAsync(position, cancellationToken))
            .Where(entry => (int?)entry["responseStatus"]?["code"] == 404 && Kinds.Contains($"{entry["objectRef"]?["resource"]}.{entry["objectRef"]?["apiGroup"]}"))
            .Select(entry => $"{entry["user"]?["username"]} {entry["requestURI"]}"),
    ];

    private async Task HeldAsync(string name, string why)
    {
        var held = await Machine(name).BecomesAsync(
            $"to say that its kind {why}", machine => machine.Reason("Stalled") == "DeletionHeld" && machine.Message("Stalled").Contains(why, StringComparison.Ordinal), Cancellation);
        Assert.NotNull(held.Text("metadata.deletionTimestamp"));
    }

    private async Task StayAsync(SteadyGuest guest, IReadOnlyList<string> files)
    {
        await guest.RunsOnAsync(Cancellation);
        Assert.Equal("Running", (await guest.Machine.GetAsync(Cancellation)).Text("status.state"));
        Assert.Equal(files, Files());
    }

    /// <summary>The old VM is given up, and a new one of its name must not start beside its guest nor on its disk.</summary>
    private async Task ANewVmWaitsForTheOrphanAsync(SteadyGuest guest, IReadOnlyList<string> files)
    {
        await AnswerAsync("vm", "running", "orphan");
        await Eventually.SeesAsync("the VM that is given up to go", token => Kubectl.FindAsync("vm", "running", Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        await AnswerAsync("vol", "running-root", "orphan");
        await Eventually.SeesAsync("its volume to go", token => Kubectl.FindAsync("vol", "running-root", Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        await Eventually.SeesAsync(
            "the guest to be listed as an orphan", token => Kubectl.GetAsync("hv", guest.Node.Name, null, token),
            host => host.At("status.orphans")?.ToJsonString().Contains(guest.Uid, StringComparison.Ordinal) == true, Eventually.Soon, Cancellation);

        await ApplyAsync(On("running", "node-2"));
        var taken = await Machine("running").StallsAsync("DomainNameTaken", Cancellation);
        Assert.Contains(guest.Uid, taken.Message("Stalled"), StringComparison.Ordinal);
        await guest.RunsOnAsync(Cancellation);

        // This guest heeds no power button, and nobody waits for the end of its time.
        await RemoveOrphansAsync(guest.Node, [guest.Uid]);
        await guest.Node.MustVirshAsync(Cancellation, "destroy", guest.Uid);
        await Machine("running").BecomesReadyAsync("Running", Cancellation);
        Assert.DoesNotContain(guest.Uid, await guest.Node.DomainsAsync(Cancellation));
        var former = files.Single(file => file.Contains(".running-root.", StringComparison.Ordinal));
        Assert.Contains(former, Files());
        File.Delete(guest.Node.Path($"{Volumes}/{former}"));
    }

    private Task RemoveOrphansAsync(StackNode node, string[] uids) => Kubectl.PatchAsync(
        "hv", node.Name, null, new JsonObject { ["spec"] = new JsonObject { ["removeOrphans"] = new JsonArray([.. uids.Select(uid => (JsonNode)uid)]) } }.ToJsonString(), Cancellation);

    /// <summary>The stack's other tests need the kinds, and nothing of this test's that is held.</summary>
    private async Task TidyUpAsync()
    {
        await Stack.RunScriptAsync("objects.sh", ["apply"], CancellationToken.None);
        foreach (var kind in (string[])["vm", "vol"])
        {
            foreach (var item in await Kubectl.ListAsync(kind, Namespace, CancellationToken.None))
            {
                await Kubectl.RunAsync(CancellationToken.None, "annotate", kind, item.Name, "-n", Namespace, "--overwrite", $"berth.dev/confirm-deletion={item.Uid}");
            }
        }

        foreach (var node in Stack.Nodes)
        {
            await Kubectl.PatchAsync("hv", node.Name, null, """{"spec":{"removeOrphans":null}}""", CancellationToken.None);
        }
    }

    /// <summary>A person's word on an object whose deletion is held.</summary>
    private async Task AnswerAsync(string kind, string name, string word)
    {
        var uid = (await Kubectl.GetAsync(kind, name, Namespace, Cancellation)).Uid;
        await Kubectl.MustAsync(Cancellation, "annotate", kind, name, "-n", Namespace, "--overwrite", $"berth.dev/{word}={uid}");
    }
}
