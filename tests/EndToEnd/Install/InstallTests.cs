namespace Berth.EndToEnd.Tests;

/// <summary>From a cluster without Berth to a guest that runs through an upgrade and a rollback, and outlives the chart: by the guide's own commands, with the images that ship.</summary>
[Collection(nameof(Install))]
public sealed class InstallTests(Stack stack) : InstallTest(stack)
{
    private const string Chart = "charts/berth";

    [Fact]
    public async Task Berth_is_installed_upgraded_rolled_back_and_removed_under_a_running_guest()
    {
        await StartAnewAsync();
        var install = new Guide(Stack, "install.md") { Instead = { [Chart] = $"{Chart} --set agent.accelerator=tcg" } };
        foreach (var heading in (string[])["Install", "Say which nodes are hosts", "See whether they are fit", "A place for disks, and a network"])
        {
            await install.RunAsync(heading, Cancellation);
        }

        var logs = new Guide(Stack, "monitoring.md").Commands("Logs");
        await RunAsync(logs[0]);
        await FirstMachineAsync();
        await SecretReachesSeedAsync();
        var guest = await RunningGuestAsync("steady");

        await LevelsAreChangedAsync();
        await RunAsync(logs[1]);

        // There may be no older version here: a changed setting replaces every pod as a changed image would.
        var upgrade = new Guide(Stack, "upgrade.md") { Instead = { [Chart] = $"{Chart} --set operator.logLevel=Debug,agent.logLevel=Debug" } };
        var before = await UidsAsync();
        foreach (var heading in (string[])["Before", "Upgrade", "After"])
        {
            await upgrade.RunAsync(heading, Cancellation);
        }

        var upgraded = await UidsAsync();
        Assert.Empty(before.Intersect(upgraded));
        await guest.IsUntouchedAsync(Cancellation);
        await upgrade.RunAsync("Roll back", Cancellation);
        Assert.Empty(upgraded.Intersect(await UidsAsync()));
        await guest.IsUntouchedAsync(Cancellation);

        await TroubleshootAsync(guest.Machine.Name);
        await guest.IsUntouchedAsync(Cancellation);

        await install.RunAsync("Remove", Cancellation);
        await guest.RunsOnAsync(Cancellation);
        Assert.Empty(await WebhooksAsync());
        await Kubectl.MustAsync(Cancellation, "create", "configmap", "still-works", "-n", Namespace);

        // Whoever installs it again finds the guest, and may delete it.
        await install.RunAsync("Install", Cancellation);
        await guest.IsUntouchedAsync(Cancellation);
        await Kubectl.DeleteAsync("vm", guest.Machine.Name, Namespace, Cancellation, TimeSpan.FromSeconds(60));
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

    // No agent may read Secrets: it has its certificate and the text from the operator, whose Service it knows by name.
    private async Task SecretReachesSeedAsync()
    {
        var text = $"#cloud-config\nhostname: {Namespace}\n";
        await ApplyAsync($"apiVersion: v1\nkind: Secret\nmetadata: {{name: seed}}\nstringData: {{userData: {Manifests.Quoted(text)}}}\n");
        await ApplyAsync(Manifests.Machine("seeded", "memory: {size: 32Mi}\nterminationGracePeriodSeconds: 0\ncloudInit: {userDataSecretRef: {name: seed}}"));
        var seeded = await Machine("seeded").BecomesReadyAsync("Running", Cancellation);
        var domain = await Node.DomainXmlAsync(seeded.Uid, Cancellation);
        await Node.MustRunAsync(Cancellation, "grep", "-aq", $"hostname: {Namespace}", domain.Text("/domain/devices/disk[serial='cidata']/source/@file")!);
        await Kubectl.DeleteAsync("vm", "seeded", Namespace, Cancellation, TimeSpan.FromSeconds(60));
    }

    // Nothing is wrong here; the page's commands look, and change nothing.
    private async Task TroubleshootAsync(string machine)
    {
        // kubectl has no logs of a pod that is on its way out.
        await Eventually.SeesAsync(
            "the replaced pods to be gone", token => Kubectl.ListAsync("pods", "berth-system", token),
            pods => pods.All(pod => pod.Text("metadata.deletionTimestamp") is null), Eventually.Soon, Cancellation);
        var page = new Guide(Stack, "troubleshooting.md")
        {
            Instead =
            {
                ["virsh -c qemu:///system"] = $"virsh -c '{Node.LibvirtUri}'",
                ["$NODE"] = Node.Name,
                ["$VM"] = machine,
                ["$NAMESPACE"] = Namespace,
            },
        };
        await page.RunAsync(null, Cancellation);
    }

    // The kubelet brings the ConfigMap into the pods in its own time.
    private async Task LevelsAreChangedAsync()
    {
        foreach (var program in (string[])["berth-operator", "berth-agent"])
        {
            await Eventually.SeesAsync(
                $"{program} to log from Debug on",
                async token => await Kubectl.MustAsync(token, "logs", "-n", "berth-system", "-l", $"app.kubernetes.io/name={program}", "--tail=-1"),
                log => log.Contains("is now Debug", StringComparison.Ordinal) && log.Contains("\"Debug\"", StringComparison.Ordinal),
                Eventually.Booted,
                Cancellation);
        }
    }

    private async Task<IReadOnlyList<string>> UidsAsync() => [.. (await PodsAsync()).Select(pod => pod.Uid)];
}
