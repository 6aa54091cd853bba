namespace Berth.EndToEnd.Tests;

/// <summary>What was stored while no webhook looked at it is validated again by operator and agents, and can be put right when one does.</summary>
[Collection(nameof(Alone))]
public sealed class StoredBeforeTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task What_cannot_work_stalls_naming_its_field_and_can_be_mended_and_deleted()
    {
        // What the schema lets through, so that the code behind it is what refuses.
        var (pool, network) = (ClusterScoped("pool", "bad"), ClusterScoped("vnet", "bad"));
        (string Kind, string Name, string Spec, string Field)[] bad =
        [
            ("VirtualMachine", "bad", "{memory: {size: 64Mi}, interfaces: [{name: lan, network: default, mac: \"01:00:5e:00:00:01\"}]}", "spec.interfaces[0].mac"),
            ("StorageVolume", "bad", "{size: 1Mi, source: {image: a, volume: b}}", "spec.source"),
            ("StoragePool", pool, "{type: dir, target: {path: /var/lib/kubelet/pods}}", "spec.target.path"),
            ("VirtualNetwork", network, "{mode: nat, subnet: 127.0.0.0/8}", "spec.subnet"),
            .. HostileUrls().Select(url => ("Image", url.Name, $"{{type: disk, pools: [default], source: {{url: \"{url.Url}\"}}}}", "spec.source.url")),
        ];
        await using (await WebhooksAway.StartAsync(Stack, Cancellation))
        {
            foreach (var (kind, name, spec, _) in bad)
            {
                await ApplyAsync($"apiVersion: berth.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n");
            }
        }

        foreach (var (kind, name, _, field) in bad)
        {
            var stalled = await Eventually.SeesAsync(
                $"{kind} {name} to stall", token => Kubectl.GetAsync(kind, name, Namespace, token), item => item.Reason("Stalled") == "InvalidSpec", Eventually.Soon, Cancellation);
            Assert.Contains(field, stalled.Message("Stalled"), StringComparison.Ordinal);
            Assert.DoesNotContain("secret", stalled.Message("Stalled"), StringComparison.Ordinal);
        }

        // With webhooks: what was wrong already does not stand in the way of another change, of its own mending, or of deletion.
        await Kubectl.MustAsync(Cancellation, "label", "vm", "bad", "team=blue", "-n", Namespace);
        await Machine("bad").PatchSpecAsync("""{"terminationGracePeriodSeconds":0}""", Cancellation);
        var worse = await Kubectl.RunAsync(Cancellation, "patch", "vm", "bad", "-n", Namespace, "--type=merge", "-p", """{"spec":{"disks":[{"name":"cd","cdrom":{"image":"any"},"bus":"virtio"}]}}""");
        Assert.False(worse.Succeeded);
        Assert.Contains("spec.disks[0].bus", worse.Error, StringComparison.Ordinal);
        await Machine("bad").PatchSpecAsync($$"""{"interfaces":[],"disks":[{"name":"root","template":{"image":"{{Stack.Images.Idle}}"} }]}""", Cancellation);
        await Machine("bad").BecomesReadyAsync("Running", Cancellation);
        await Kubectl.DeleteAsync("vol", "bad", Namespace, Cancellation, TimeSpan.FromSeconds(60));
    }

    private (string Name, string Url)[] HostileUrls() =>
    [
        (ClusterScoped("image", "folder"), "file:///var/lib/berth/local-images/"),
        (ClusterScoped("image", "up"), "file:///var/lib/berth/local-images/../../etc/shadow"),
        (ClusterScoped("image", "up-encoded"), "file:///var/lib/berth/local-images/%2e%2e/%2e%2e/etc/shadow"),
        (ClusterScoped("image", "user"), "http://secret:secret@example.org/x"),
    ];
}
