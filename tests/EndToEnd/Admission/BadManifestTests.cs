using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>What cannot work is refused when it is applied, and the refusal names the field.</summary>
public sealed partial class BadManifestTests(Stack stack) : EndToEndTest(stack)
{
    private static readonly Dictionary<string, (string Kind, string Spec)> Good = new()
    {
        ["virtualmachines"] = ("VirtualMachine", """{"memory":{"size":"64Mi"}}"""),
        ["storagepools"] = ("StoragePool", """{"type":"dir","target":{"path":"/var/lib/berth/pools/bad"}}"""),
        ["storagevolumes"] = ("StorageVolume", """{"size":"1Gi"}"""),
        ["images"] = ("Image", """{"type":"disk","source":{"url":"https://images.example/a"}}"""),
        ["virtualnetworks"] = ("VirtualNetwork", """{"mode":"nat","subnet":"192.168.77.0/24"}"""),
    };

    [Fact]
    public async Task Each_is_refused_and_its_field_is_named()
    {
        var bad = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Admission", "bad-manifests.txt")).Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.True(bad.Count >= 60, "the table has become short");
        Assert.Equal(Good.Keys.Order(), bad.Select(line => line.Split(' ')[0]).Distinct().Order());
        var wrong = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(bad, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation }, async (line, cancellationToken) =>
        {
            var parts = line.Split(' ', 3);
            var result = await CreateAsync(parts[0], (JsonObject)JsonNode.Parse(parts[2])!, cancellationToken);

            // The schema's messages count no list items.
            if (result.Succeeded || !Index().Replace(result.Error, "").Contains(Index().Replace(parts[1], ""), StringComparison.Ordinal))
            {
                wrong.Add($"{line}\n  {(result.Succeeded ? "was admitted" : result.Error)}");
            }
        });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong));
    }

    [Fact]
    public async Task The_manifests_that_they_were_made_from_are_admitted()
    {
        foreach (var resource in Good.Keys)
        {
            (await CreateAsync(resource, [], Cancellation)).MustSucceed();
        }
    }

    [Fact]
    public async Task What_may_not_change_is_refused_and_what_is_unwise_is_warned_of()
    {
        var volume = Manifests.Volume("kept", "{size: 1Gi}");
        await ApplyAsync(volume);
        var smaller = await Kubectl.RunAsync(Manifests.Volume("kept", "{size: 1Mi}"), Cancellation, "apply", "--server-side", "-n", Namespace, "-f", "-");
        Assert.False(smaller.Succeeded);
        Assert.Contains("spec.size: 1Mi is less than", smaller.Error, StringComparison.Ordinal);
        var warned = await Kubectl.RunAsync(
            Manifests.Image("warned", "disk", "http://images.example/a", null), Cancellation, "create", "--dry-run=server", "-f", "-");
        warned.MustSucceed();
        Assert.Contains("spec.source.checksum", warned.Error, StringComparison.Ordinal);
        Assert.Contains("spec.source.url", warned.Error, StringComparison.Ordinal);
    }

    private Task<CommandResult> CreateAsync(string resource, JsonObject over, CancellationToken cancellationToken)
    {
        var (kind, good) = Good[resource];
        var spec = (JsonObject)JsonNode.Parse(good)!;
        var metadata = new JsonObject { ["name"] = "bad" };
        foreach (var (field, value) in over)
        {
            foreach (var (key, inner) in field == "metadata" ? (JsonObject)value! : new JsonObject { [field] = value?.DeepClone() })
            {
                (field == "metadata" ? metadata : spec)[key] = inner?.DeepClone();
            }
        }

        var item = new JsonObject { ["apiVersion"] = "berth.dev/v1alpha1", ["kind"] = kind, ["metadata"] = metadata, ["spec"] = spec };
        var collection = resource is "virtualmachines" or "storagevolumes" ? $"namespaces/{Namespace}/{resource}" : resource;
        return Kubectl.RunAsync(item.ToJsonString(), cancellationToken, "create", "--raw", $"/apis/berth.dev/v1alpha1/{collection}?dryRun=All", "-f", "-");
    }

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Index();
}
