namespace Berth.EndToEnd.Tests;

/// <summary>From a cluster without Berth to one that has it from config/default, then from the chart, and then not at all any more: by the guide's own commands.</summary>
[Collection(nameof(Install))]
public sealed class ManifestInstallTests(Stack stack) : InstallTest(stack)
{
    [Fact]
    public async Task Berth_from_manifests_is_taken_over_by_the_chart_under_a_running_guest_and_removed_with_all_that_it_has()
    {
        await StackTool.PathOfAsync("kubectl-1.35", Cancellation);
        await StartAnewAsync();
        var install = new Guide(Stack, "install.md") { Instead = { ["kubectl apply --server-side -k config/default"] = Manifests() } };
        foreach (var heading in (string[])["Install without Helm", "Say which nodes are hosts", "A place for disks, and a network"])
        {
            await install.RunAsync(heading, Cancellation);
        }

        var guest = await RunningGuestAsync("steady");
        var before = await PodsAsync();
        await new Guide(Stack, "upgrade.md") { Instead = { ["charts/berth"] = "charts/berth --set agent.accelerator=tcg,operator.logLevel=Debug" } }.RunAsync("From manifests to the chart", Cancellation);
        Assert.NotEmpty((await PodsAsync()).Select(pod => pod.Uid).Except(before.Select(pod => pod.Uid)));
        await guest.IsUntouchedAsync(Cancellation);

        await install.RunAsync("Remove guests and disks too", Cancellation);
        Assert.Equal(0, StackNode.QemuProcess(guest.Uid).Pid);
        foreach (var list in (string[])["pool-list", "net-list"])
        {
            Assert.DoesNotContain("berth-", await Node.MustVirshAsync(Cancellation, list, "--all", "--name"), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(guest.Uid, await Node.DomainsAsync(Cancellation));
        Assert.Empty(RemainingFiles(guest.Uid));
        Assert.Empty(await WebhooksAsync());
        Assert.DoesNotContain("berth.dev", await Kubectl.MustAsync(Cancellation, "get", "customresourcedefinitions", "-o", "name"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rest_of_a_deleted_namespace_is_put_right()
    {
        await StartAnewAsync();
        var install = new Guide(Stack, "install.md") { Instead = { ["charts/berth"] = "charts/berth --set agent.accelerator=tcg" } };
        await install.RunAsync("Install", Cancellation);
        await Kubectl.MustAsync(Cancellation, "delete", "namespace", "berth-system", "--timeout=90s");
        Assert.Equal(2, (await WebhooksAsync()).Count);
        Assert.False((await TryPoolAsync()).Succeeded, "nobody answers for admission");

        await install.RunAsync("When the namespace was deleted and not the chart", Cancellation);
        (await TryPoolAsync()).MustSucceed();
        await install.RunAsync("Install", Cancellation);
        Assert.Equal(2, (await WebhooksAsync()).Count);
        await install.RunAsync("A place for disks, and a network", Cancellation);
    }

    private Task<CommandResult> TryPoolAsync() => Kubectl.RunAsync(
        """{"apiVersion": "berth.dev/v1alpha1", "kind": "StoragePool", "metadata": {"name": "tried"}, "spec": {"type": "dir", "target": {"path": "/var/lib/berth/pools/tried"}}}""",
        Cancellation, "create", "--dry-run=server", "-f", "-");

    // This cluster has policy/v1beta1, a kubectl whose kustomize is too old, and no KVM.
    private static string Manifests() =>
        "kubectl-1.35 kustomize config/default | sed -e 's,^apiVersion: policy/v1$,apiVersion: policy/v1beta1,' -e 's,--accelerator=auto,--accelerator=tcg,' | kubectl apply --server-side -f -";
}
