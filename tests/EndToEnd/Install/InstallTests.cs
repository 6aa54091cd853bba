namespace Berth.EndToEnd.Tests;

/// <summary>From a cluster without Berth to a guest that runs through an upgrade and a rollback, and outlives the chart: by the guide's own commands, with the images that ship.</summary>
[Collection(nameof(Install))]
public sealed class InstallTests(Stack stack) : EndToEndTest(stack)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private const string Chart = "charts/berth";

    private StackNode Node => Stack.Nodes[0];

    [Fact]
    public async Task Berth_is_installed_upgraded_rolled_back_and_removed_under_a_running_guest()
    {
        await ProvideImagesAsync();
        var install = new Guide(Stack, "install.md") { Instead = { [Chart] = $"{Chart} --set agent.accelerator=tcg" } };
        foreach (var heading in (string[])["Install", "Say which nodes are hosts", "See whether they are fit", "A place for disks, and a network"])
        {
            await install.RunAsync(heading, Cancellation);
        }

        await FirstMachineAsync();
        var guest = await RunningGuestAsync();

        // There may be no older version here: a changed setting replaces every pod as a changed image would.
        var upgrade = new Guide(Stack, "upgrade.md") { Instead = { [Chart] = $"{Chart} --set operator.logLevel=Debug,agent.logLevel=Debug" } };
        var before = await PodsAsync();
        foreach (var heading in (string[])["Before", "Upgrade", "After"])
        {
            await upgrade.RunAsync(heading, Cancellation);
        }

        var upgraded = await PodsAsync();
        Assert.Empty(before.Intersect(upgraded));
        await guest.IsUntouchedAsync(Cancellation);
        await upgrade.RunAsync("Roll back", Cancellation);
        Assert.Empty(upgraded.Intersect(await PodsAsync()));
        await guest.IsUntouchedAsync(Cancellation);

        await install.RunAsync("Remove", Cancellation);
        await guest.RunsOnAsync(Cancellation);
        await NothingBlocksAsync();

        // Whoever installs it again finds the guest, and may delete it.
        await install.RunAsync("Install", Cancellation);
        await guest.IsUntouchedAsync(Cancellation);
        await Kubectl.MustAsync(Cancellation, "delete", "vm", guest.Machine.Name, "-n", Namespace, "--timeout=60s");
    }

    // There is no registry: the node gets the images as files.
    private async Task ProvideImagesAsync()
    {
        (await Stack.ShellAsync("tests/stack/tools.sh helm && make images", s_patience, Cancellation)).MustSucceed();
        var archives = Directory.GetFiles(Path.Combine(Stack.Repository, "artifacts", "images"), "*.tar");
        Assert.True(archives.Length >= 3, "make images leaves the images of operator, agent and berths");
        await Stack.RunScriptAsync("containerd.sh", ["import", Node.Name, .. archives], Cancellation);
    }

    // The page's image is on the internet; here is another in its place.
    private async Task FirstMachineAsync()
    {
        var page = new Guide(Stack, "first-vm.md")
        {
            Instead = { ["https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-generic-amd64.qcow2"] = Stack.ImageServer.Serve("debian-12", Guests.Idle) },
        };
        await page.RunAsync(null, Cancellation);
    }

    private async Task<SteadyGuest> RunningGuestAsync()
    {
        var image = await ServeImageAsync("idle", "disk", Guests.Idle);
        await ApplyAsync(Manifests.DiskMachine("steady", image));
        return await SteadyGuest.FollowAsync(Machine("steady"), Cancellation);
    }

    private async Task<IReadOnlyList<string>> PodsAsync() => [.. (await Kubectl.ListAsync("pods", "berth-system", Cancellation))
        .Where(pod => pod.At("metadata.labels")?["app.kubernetes.io/name"]?.ToString() is "berth-operator" or "berth-agent" && pod.Text("metadata.deletionTimestamp") is null)
        .Select(pod => pod.Uid)];

    private async Task NothingBlocksAsync()
    {
        foreach (var kind in (string[])["validatingwebhookconfigurations", "mutatingwebhookconfigurations"])
        {
            Assert.DoesNotContain(await Kubectl.ListAsync(kind, null, Cancellation), item => item.Name.StartsWith("berth", StringComparison.Ordinal));
        }

        await Kubectl.MustAsync(Cancellation, "create", "configmap", "still-works", "-n", Namespace);
    }
}
