namespace Berth.EndToEnd.Tests;

/// <summary>What steers the agents is written by Berth alone, whatever else somebody may do.</summary>
public sealed class GuardTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Label_finalizer_and_status_of_a_running_VM_cannot_be_forged_and_deleting_it_works()
    {
        var tenant = await Tenant.InAsync(Stack, Namespace, Cancellation);
        await ApplyAsync(Manifests.DiskMachine("guarded", Stack.Images.Idle));
        var machine = Machine("guarded");
        await machine.BecomesReadyAsync("Running", Cancellation);
        foreach (var (patch, message) in ((string, string)[])
                 [
                     ("""{"metadata":{"labels":{"berth.dev/node":"node-99"}}}""", "metadata.labels[berth.dev/node]"),
                     ("""{"metadata":{"labels":{"berth.dev/node":null}}}""", "metadata.labels[berth.dev/node]"),
                     ("""{"metadata":{"finalizers":null}}""", "metadata.finalizers"),
                 ])
        {
            // A tenant who may do everything in the namespace, and the administrator.
            foreach (var user in (string[][])[[], Tenant.Flags])
            {
                var refused = await Kubectl.RunAsync(Cancellation, ["patch", "vm", "guarded", "-n", Namespace, "--type=merge", "-p", patch, .. user]);
                Assert.False(refused.Succeeded, $"{patch} was admitted");
                Assert.Contains(message, refused.Error, StringComparison.Ordinal);
            }
        }

        var status = await tenant.BindAsync(machine, "node-99", 99, Cancellation);
        Assert.False(status.Succeeded);
        Assert.Contains("status is written by Berth alone", status.Error, StringComparison.Ordinal);

        var forged = Manifests.DiskMachine("forged", Stack.Images.Idle).Replace("{name: forged}", "{name: forged, labels: {berth.dev/node: node-1}}", StringComparison.Ordinal);
        var created = await Kubectl.RunAsync(forged, Cancellation, ["create", "-n", Namespace, "-f", "-", .. Tenant.Flags]);
        Assert.Contains("metadata.labels[berth.dev/node]", created.Error, StringComparison.Ordinal);

        // What is no business of the guard goes on as ever.
        (await tenant.RunAsync(Cancellation, "label", "vm", "guarded", "team=blue")).MustSucceed();
        (await tenant.RunAsync(Cancellation, "delete", "vm", "--all", "--timeout=60s")).MustSucceed();
    }

    [Fact]
    public async Task The_finalizer_is_there_from_the_first_moment()
    {
        await ApplyAsync(Manifests.Volume("held", "{size: 1Mi}") + "---\n" + Manifests.Machine("asleep", "memory: {size: 64Mi}\npowerState: Stopped"));
        Assert.Equal("berth.dev/release", (await Kubectl.GetAsync("vol", "held", Namespace, Cancellation)).Text("metadata.finalizers.0"));
        Assert.Equal("berth.dev/release", (await Machine("asleep").GetAsync(Cancellation)).Text("metadata.finalizers.0"));
    }

    [Fact]
    public async Task Generated_names_repeated_applies_and_dry_runs_are_as_of_any_kind()
    {
        var named = Manifests.Machine("any", "memory: {size: 64Mi}\npowerState: Stopped");
        var generated = named.Replace("{name: any}", "{generateName: made-}", StringComparison.Ordinal);
        var made = KubernetesJson.Parse((await Kubectl.RunAsync(generated, Cancellation, "create", "-n", Namespace, "-o", "json", "-f", "-")).MustSucceed());
        Assert.StartsWith("made-", made.Name, StringComparison.Ordinal);
        Assert.Equal("berth.dev/release", made.Text("metadata.finalizers.0"));

        (await Kubectl.RunAsync(named, Cancellation, "create", "--dry-run=server", "-n", Namespace, "-f", "-")).MustSucceed();
        Assert.Null(await Kubectl.FindAsync("vm", "any", Namespace, Cancellation));

        // Whoever applies does not own the finalizer, so applying again does not take it off.
        await ApplyAsync(named);
        await ApplyAsync(named);
        (await Kubectl.RunAsync(named, Cancellation, "apply", "--server-side", "--force-conflicts", "--field-manager=other", "-n", Namespace, "-f", "-")).MustSucceed();
        Assert.Equal("berth.dev/release", (await Machine("any").GetAsync(Cancellation)).Text("metadata.finalizers.0"));
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
