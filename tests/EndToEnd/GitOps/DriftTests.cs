using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>When all has settled, whoever keeps these objects in Git finds nothing to change: nothing of Berth writes what they own.</summary>
[Collection(nameof(Samples))]
public sealed class DriftTests(Stack stack) : EndToEndTest(stack)
{
    private const string ArgoCd = "argocd-controller";

    private const string EveryKind = "every kind";

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    /// <summary>Every file of <c>config/samples</c>, and one manifest with every kind that tenants write.</summary>
    public static TheoryData<string> Sources => [.. Directory.GetFiles(SamplesFolder(), "*.yaml").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal), EveryKind];

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task What_was_applied_does_not_drift(string source)
    {
        var manifest = ManifestOf(source);
        (await Kubectl.RunAsync(manifest, Cancellation, "apply", "-f", "-")).MustSucceed();
        await SettledAsync(manifest);

        Assert.Equal("", (await Kubectl.RunAsync(manifest, Cancellation, "diff", "-f", "-")).MustSucceed());
        await IsInSyncAsync(manifest);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task What_another_manager_applied_server_side_does_not_drift(string source)
    {
        var manifest = ManifestOf(source);
        string[] apply = ["apply", "--server-side", "--field-manager", ArgoCd, "-f", "-"];
        (await Kubectl.RunAsync(manifest, Cancellation, apply)).MustSucceed();
        await SettledAsync(manifest);
        var settled = (await LiveAsync(manifest, Cancellation)).Select(Owned).ToList();

        Assert.Equal("", (await Kubectl.RunAsync(manifest, Cancellation, "diff", "--server-side", "--field-manager", ArgoCd, "-f", "-")).MustSucceed());
        await IsInSyncAsync(manifest);

        // Without --force-conflicts: nobody has taken a field over meanwhile.
        (await Kubectl.RunAsync(manifest, Cancellation, apply)).MustSucceed();
        Assert.Equal(settled, (await LiveAsync(manifest, Cancellation)).Select(Owned));
    }

    // Samples of one namespace are put into that of the test.
    private string ManifestOf(string source) => source == EveryKind
        ? $$"""
            {{Manifests.Image(ClusterScoped("image", "golden"), "disk", Stack.ImageServer.Serve(Namespace, Guests.Idle), null)}}
            ---
            apiVersion: berth.dev/v1alpha1
            kind: StorageVolume
            metadata: {name: data, namespace: {{Namespace}} }
            spec: {size: 1Mi}
            ---
            apiVersion: berth.dev/v1alpha1
            kind: VirtualMachine
            metadata: {name: web, namespace: {{Namespace}}, labels: {app: web} }
            spec:
              memory: {size: 64Mi}
              terminationGracePeriodSeconds: 0
              restartedAt: "2026-01-01T00:00:00Z"
              disks:
                - {name: root, template: {image: {{Stack.Images.Idle}} } }
                - {name: data, volume: {name: data} }
              interfaces: [{name: lan, network: default}]
            """
        : File.ReadAllText(Path.Combine(SamplesFolder(), source)).Replace("namespace: default", $"namespace: {Namespace}", StringComparison.Ordinal);

    /// <summary>By Argo CD's rule for custom resources.</summary>
    private async Task IsInSyncAsync(string manifest)
    {
        var live = await LiveAsync(manifest, Cancellation);
        Assert.All(
            ManifestReader.Read(manifest).Zip(live),
            pair => Assert.Equal("{}", ThreeWayMergePatch.ForSync(pair.First, (JsonObject)pair.Second.Root).ToJsonString()));
    }

    // Without the status: that of a network goes on with the guests of other tests.
    private static string Owned(KubernetesJson live)
    {
        var item = (JsonObject)live.Root.DeepClone();
        item.Remove("status");
        item["metadata"]!.AsObject().Remove("resourceVersion");
        item["metadata"]!.AsObject().Remove("managedFields");
        return item.ToJsonString();
    }

    /// <summary>Waits until every object is Current and none was written for a while.</summary>
    private async Task SettledAsync(string manifest)
    {
        var (watch, last) = (Stopwatch.StartNew(), (IReadOnlyList<string>)[]);
        await Eventually.SeesAsync(
            "all objects to be current and left alone",
            async token =>
            {
                var live = await LiveAsync(manifest, token);
                IReadOnlyList<string> versions = [.. live.Select(item => item.ResourceVersion)];
                if (!versions.SequenceEqual(last) || live.Any(item => item.KStatus() != KStatus.Current))
                {
                    last = versions;
                    watch.Restart();
                }

                return live;
            },
            _ => watch.Elapsed > Quiet,
            Eventually.Booted,
            Cancellation,
            live => string.Join('\n', live));
    }

    // Asked of kubectl and not of the reader: annotations and all.
    private async Task<IReadOnlyList<KubernetesJson>> LiveAsync(string manifest, CancellationToken cancellationToken)
    {
        var found = new List<KubernetesJson>();
        foreach (var desired in ManifestReader.Read(manifest))
        {
            string[] space = (string?)desired["metadata"]!["namespace"] is { } name ? ["-n", name] : [];
            found.Add(KubernetesJson.Parse(await Kubectl.MustAsync(cancellationToken, ["get", (string)desired["kind"]!, (string)desired["metadata"]!["name"]!, .. space, "-o", "json"])));
        }

        return found;
    }

    private static string SamplesFolder() => Checkout.PathOf("config/samples");
}
