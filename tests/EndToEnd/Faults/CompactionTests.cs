using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>etcd is compacted while an agent hears nothing: the version that it would go on from is no more.</summary>
[Collection(nameof(Faults))]
public sealed class CompactionTests(Stack stack) : EndToEndTest(stack)
{
    private const string Collection = "/apis/berth.dev/v1alpha1/virtualmachines";

    [Fact]
    public async Task An_agent_whose_version_was_compacted_away_sees_what_has_changed_and_touches_no_guest()
    {
        await ApplyAsync(string.Join("---\n", ((string[])["steady", "stopping", "leaving"]).Select(OnFirstNode)));
        var steady = await SteadyGuest.FollowAsync(Machine("steady"), Cancellation);
        var stopping = await Machine("stopping").BecomesReadyAsync("Running", Cancellation);
        var leaving = await Machine("leaving").BecomesReadyAsync("Running", Cancellation);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var before = await Scrape.OfAsync(http, Stack.AgentUrl(steady.Node), Cancellation);

        Stack.Processes.Freeze(steady.Node.AgentProcess);
        try
        {
            var version = JsonNode.Parse(await Kubectl.MustAsync(Cancellation, "get", "--raw", $"{Collection}?limit=1"))!["metadata"]!["resourceVersion"]!.ToString();
            await ApplyAsync(OnFirstNode("new"));
            await Machine("new").BecomesAsync("to be bound", machine => machine.Text("status.binding.nodeName") == steady.Node.Name, Cancellation);
            await Machine("stopping").PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
            await Kubectl.DeleteAsync("vm", "leaving", Namespace, Cancellation);

            await CompactAsync(http);
            Stack.Processes.Kill("kube-apiserver"); // its cache would still know the old versions
            await Stack.RunScriptAsync("control-plane.sh", ["store"], Cancellation);
            await Stack.RunScriptAsync("control-plane.sh", ["server"], Cancellation);
            await IsGoneAsync($"{Collection}?limit=1&resourceVersion={version}&resourceVersionMatch=Exact");
            await steady.RunsOnAsync(Cancellation);
        }
        finally
        {
            Stack.Processes.Thaw(steady.Node.AgentProcess);
        }

        var after = await Eventually.SeesAsync(
            "the agent to hear that its version is gone, and to list anew",
            token => Scrape.OfAsync(http, Stack.AgentUrl(steady.Node), token),
            seen => Expired(seen) > Expired(before) && Lists(seen) > Lists(before),
            Eventually.Soon,
            Cancellation,
            seen => seen.Show("informer_"));
        TestContext.Current.TestOutputHelper?.WriteLine(after.Show("informer_watches_ended_total{kind=\"VirtualMachine\""));
        await Machine("new").BecomesReadyAsync("Running", Cancellation);
        await Machine("stopping").BecomesReadyAsync("Stopped", Cancellation);
        await Eventually.SeesAsync("the deleted VM to go", token => Kubectl.FindAsync("vm", "leaving", Namespace, token), item => item is null, Eventually.Soon, Cancellation);
        await steady.RunsOnAsync(Cancellation);
        var domains = await steady.Node.DomainsAsync(Cancellation);
        Assert.Contains(steady.Uid, domains);
        Assert.DoesNotContain(stopping.Uid, domains);
        Assert.DoesNotContain(leaving.Uid, domains);
    }

    private string OnFirstNode(string name) =>
        Manifests.DiskMachine(name, Stack.Images.Idle, Manifests.OnNode(Stack.Nodes[0].Name), memory: "32Mi");

    private static double Expired(Scrape seen) => seen.Sum("informer_watches_ended_total", "kind=\"VirtualMachine\"", "reason=\"expired\"");

    private static double Lists(Scrape seen) => seen.Sum("informer_lists_total", "kind=\"VirtualMachine\"");

    // By etcd's gateway: its own client is not on every machine.
    private async Task CompactAsync(HttpClient http)
    {
        using var read = await http.PostAsJsonAsync(new Uri($"{Stack.EtcdUrl}/v3/kv/range"), new JsonObject { ["key"] = "AA==" }, Cancellation);
        read.EnsureSuccessStatusCode();
        var revision = JsonNode.Parse(await read.Content.ReadAsStringAsync(Cancellation))!["header"]!["revision"]!.ToString();
        using var compacted = await http.PostAsJsonAsync(new Uri($"{Stack.EtcdUrl}/v3/kv/compaction"), new JsonObject { ["revision"] = revision, ["physical"] = true }, Cancellation);
        Assert.True(compacted.IsSuccessStatusCode, await compacted.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task IsGoneAsync(string path)
    {
        var answer = await Kubectl.RunAsync(Cancellation, "get", "--raw", path);
        Assert.False(answer.Succeeded, answer.ToString());
        Assert.Contains("too old", answer.Error, StringComparison.Ordinal);
    }
}
