namespace Berth.EndToEnd.Tests;

/// <summary>What steers the agents is written by Berth alone, whatever else somebody may do.</summary>
public sealed class GuardTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Label_finalizer_and_status_of_a_running_VM_cannot_be_forged_and_deleting_it_works()
    {
        await ApplyAsync(Manifests.DiskMachine("guarded", Stack.Images.Idle));
        var machine = Machine("guarded");
        var before = await machine.BecomesReadyAsync("Running", Cancellation);
        foreach (var (patch, message) in ((string, string)[])
                 [
                     ("""{"metadata":{"labels":{"berth.dev/node":"node-99"}}}""", "metadata.labels[berth.dev/node]"),
                     ("""{"metadata":{"labels":{"berth.dev/node":null}}}""", "metadata.labels[berth.dev/node]"),
                     ("""{"metadata":{"finalizers":null}}""", "metadata.finalizers"),
                 ])
        {
            // A tenant who may do everything in the namespace, and the administrator.
            foreach (var user in (string[][])[[], ["--as", "tenant", "--as-group", "system:masters"]])
            {
                var refused = await Kubectl.RunAsync(Cancellation, ["patch", "vm", "guarded", "-n", Namespace, "--type=merge", "-p", patch, .. user]);
                Assert.False(refused.Succeeded, $"{patch} was admitted");
                Assert.Contains(message, refused.Error, StringComparison.Ordinal);
            }
        }

        var status = await Kubectl.RunAsync(
            before.Root.ToJsonString(), Cancellation, "replace", "--raw", $"/apis/berth.dev/v1alpha1/namespaces/{Namespace}/virtualmachines/guarded/status", "-f", "-");
        Assert.False(status.Succeeded);
        Assert.Contains("status is written by Berth alone", status.Error, StringComparison.Ordinal);

        var forged = Manifests.DiskMachine("forged", Stack.Images.Idle).Replace("{name: forged}", "{name: forged, labels: {berth.dev/node: node-1}}", StringComparison.Ordinal);
        var created = await Kubectl.RunAsync(forged, Cancellation, "create", "-n", Namespace, "-f", "-");
        Assert.Contains("metadata.labels[berth.dev/node]", created.Error, StringComparison.Ordinal);

        // What is no business of the guard goes on as ever.
        await Kubectl.MustAsync(Cancellation, "label", "vm", "guarded", "team=blue", "-n", Namespace);
        await machine.DeleteAsync(Cancellation);
    }

    [Fact]
    public async Task The_finalizer_is_there_from_the_first_moment()
    {
        await ApplyAsync(Manifests.Volume("held", "{size: 1Mi}") + "---\n" + Manifests.Machine("asleep", "memory: {size: 64Mi}\npowerState: Stopped"));
        Assert.Equal("berth.dev/release", (await Kubectl.GetAsync("vol", "held", Namespace, Cancellation)).Text("metadata.finalizers.0"));
        Assert.Equal("berth.dev/release", (await Machine("asleep").GetAsync(Cancellation)).Text("metadata.finalizers.0"));
    }

    [Fact]
    public async Task A_bundle_that_somebody_breaks_is_mended()
    {
        const string Name = "berth-webhook";
        var before = await Kubectl.GetAsync("validatingwebhookconfiguration", Name, null, Cancellation);
        var bundle = before.Text("webhooks.1.clientConfig.caBundle");
        Assert.NotNull(bundle);

        // That of evictions, which is ignored while it is broken: tests beside this one go on.
        await Kubectl.MustAsync(
            Cancellation, "patch", "validatingwebhookconfiguration", Name, "--type=json", "-p", """[{"op":"remove","path":"/webhooks/1/clientConfig/caBundle"}]""");
        await Eventually.SeesAsync(
            "the bundle to come back", token => Kubectl.GetAsync("validatingwebhookconfiguration", Name, null, token),
            item => item.Text("webhooks.1.clientConfig.caBundle") == bundle, Eventually.Soon, Cancellation);
    }
}
