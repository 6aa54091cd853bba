using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>An object that nobody has looked at yet must not read as done: GitOps tools would go on too early.</summary>
public sealed class KStatusTests(Stack stack) : EndToEndTest(stack)
{
    public static TheoryData<string, string> Specs => new()
    {
        { "VirtualMachine", "{powerState: Stopped, memory: {size: 64Mi}}" },
        { "StoragePool", "{type: dir, target: {path: /var/lib/berth/pools/kstatus}, nodeSelector: {kubernetes.io/hostname: nowhere}}" },
        { "StorageVolume", "{size: 1Mi}" },
        { "Image", "{type: disk, source: {url: \"http://192.0.2.1/nothing\"}}" },
        { "VirtualNetwork", "{mode: nat, subnet: 192.168.199.0/24, nodeSelector: {kubernetes.io/hostname: nowhere}}" },
        { "Hypervisor", "{}" },
    };

    // The server's answer to the create is the object before anybody could look at it.
    [Theory]
    [MemberData(nameof(Specs))]
    public async Task A_just_created_object_is_in_progress(string kind, string spec)
    {
        var name = kind is "VirtualMachine" or "StorageVolume" ? "fresh" : ClusterScoped(kind.ToLowerInvariant(), "fresh");
        var manifest =
            $$"""
              apiVersion: berth.dev/v1alpha1
              kind: {{kind}}
              metadata: {name: {{name}} }
              spec: {{spec}}
              """;
        var created = await Kubectl.RunAsync(manifest, Cancellation, "create", "-n", Namespace, "-o", "json", "-f", "-");
        var item = KubernetesJson.Parse(created.MustSucceed());
        Assert.Equal("-1", item.Text("status.observedGeneration"));
        Assert.Equal(KStatus.InProgress, item.KStatus());
    }

    [Fact]
    public async Task A_VM_is_never_current_before_it_runs()
    {
        using var watch = Kubectl.Start("get", "vm", "-w", "-n", Namespace, "--output-watch-events", "-o", "json");
        try
        {
            await ApplyAsync(Manifests.DiskMachine("followed", Stack.Images.Idle));
            await Machine("followed").BecomesReadyAsync("Running", Cancellation);
            await Kubectl.MustAsync(Cancellation, "delete", "vm", "followed", "-n", Namespace);
        }
        finally
        {
            Command.Kill(watch);
        }

        var seen = Versions(await watch.StandardOutput.ReadToEndAsync(Cancellation));
        Assert.Equal(KStatus.InProgress, seen[0].KStatus());
        Assert.All(seen.Where(version => version.KStatus() == KStatus.Current), version => Assert.Equal("Running", version.Text("status.state")));
        Assert.DoesNotContain(seen, version => version.KStatus() == KStatus.Failed);
        Assert.Contains(seen, version => version.KStatus() == KStatus.Current);
        Assert.Equal(KStatus.Terminating, seen[^1].KStatus());
    }

    [Fact]
    public async Task A_changed_spec_is_in_progress_until_it_is_carried_out()
    {
        await ApplyAsync(Manifests.DiskMachine("changing", Stack.Images.Idle));
        await Machine("changing").BecomesReadyAsync("Running", Cancellation);
        var changed = KubernetesJson.Parse(await Kubectl.MustAsync(
            Cancellation, "patch", "vm", "changing", "-n", Namespace, "--type=merge", "-p", """{"spec":{"powerState":"Stopped"}}""", "-o", "json"));
        Assert.Equal(KStatus.InProgress, changed.KStatus());
        var stopped = await Machine("changing").BecomesReadyAsync("Stopped", Cancellation);
        Assert.Equal(KStatus.Current, stopped.KStatus());
    }

    // The watch prints one JSON document per event, one after the other.
    private static List<KubernetesJson> Versions(string stream)
    {
        var versions = new List<KubernetesJson>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(stream), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            versions.Add(new KubernetesJson(JsonNode.Parse(ref reader)!["object"]!));
        }

        return versions;
    }
}
