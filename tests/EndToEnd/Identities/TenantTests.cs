namespace Berth.EndToEnd.Tests;

/// <summary>What somebody who edits one namespace, by the cluster's own role, reaches beyond it: neither hosts nor other tenants.</summary>
public sealed class TenantTests(Stack stack) : EndToEndTest(stack)
{
    private string Tenant => $"tenant-of-{Namespace}";

    [Fact]
    public async Task Hosts_statuses_and_what_steers_are_out_of_reach()
    {
        await MayEditAsync(Namespace);
        await ApplyAsync(Manifests.Machine("own", "memory: {size: 64Mi}\npowerState: Stopped"));
        foreach (var (what, manifest) in ((string, string)[])
                 [
                     ("images", Manifests.Image($"{Namespace}-shadow", "disk", "file:///etc/shadow", null)),
                     ("storagepools", $"apiVersion: berth.dev/v1alpha1\nkind: StoragePool\nmetadata: {{name: {Namespace}-root}}\nspec: {{type: dir, target: {{path: /etc}}}}"),
                     ("virtualnetworks", $"apiVersion: berth.dev/v1alpha1\nkind: VirtualNetwork\nmetadata: {{name: {Namespace}-net}}\nspec: {{mode: nat, subnet: 10.9.9.0/24}}"),
                     ("metadata.labels[berth.dev/node]", Manifests.BareMachine("steered").Replace("{name: steered}", "{name: steered, labels: {berth.dev/node: node-1}}", StringComparison.Ordinal)),
                 ])
        {
            IsRefused(what, await Kubectl.RunAsync(manifest, Cancellation, "create", "-n", Namespace, "-f", "-", "--as", Tenant));
        }

        foreach (var (what, arguments) in ((string, string[])[])
                 [
                     ("hypervisors", ["patch", "hypervisor", "node-1", "--type=merge", "-p", """{"spec":{"fenced":[{"bootId":"x"}]}}"""]),
                     ("hypervisors", ["delete", "hypervisor", "node-1"]),
                     ("storagepools", ["delete", "storagepool", "default"]),
                     ("images", ["delete", "image", Stack.Images.Idle]),
                     ("leases", ["get", "leases", "-n", "berth-system"]),
                     ("secrets", ["get", "secret", "berth-webhook", "-n", "berth-system"]),
                 ])
        {
            IsRefused(what, await Kubectl.RunAsync(Cancellation, [.. arguments, "--as", Tenant]));
        }

        var status = (await Machine("own").GetAsync(Cancellation)).Root;
        status["status"]!["nodeName"] = "node-1";
        IsRefused("virtualmachines/status", await Kubectl.RunAsync(
            status.ToJsonString(), Cancellation, "replace", "--raw", $"/apis/berth.dev/v1alpha1/namespaces/{Namespace}/virtualmachines/own/status", "-f", "-", "--as", Tenant));
    }

    [Fact]
    public async Task Another_tenants_volume_cannot_be_named()
    {
        var other = $"{Namespace}-other";
        await CreateNamespaceAsync(other);
        try
        {
            (await Kubectl.RunAsync(Manifests.Volume("ledger", "{size: 1Mi}"), Cancellation, "apply", "-n", other, "-f", "-")).MustSucceed();
            await Eventually.SeesAsync("the other tenant's volume", token => Kubectl.GetAsync("vol", "ledger", other, token), volume => volume.IsTrue("Ready"), Eventually.Soon, Cancellation);
            await MayEditAsync(Namespace);

            // By its name it is looked for among one's own; with its namespace or its path it is no name.
            (await CreateAsync("near", "ledger")).MustSucceed();
            await Machine("near").StallsAsync("ReferenceNotFound", Cancellation);
            foreach (var name in (string[])[$"{other}/ledger", $"{other}.ledger", $"../{other}.ledger.qcow2", $"/var/lib/berth/pools/default/{other}.ledger.qcow2"])
            {
                var created = await CreateAsync("far", name);
                if (created.Succeeded)
                {
                    await Machine("far").StallsAsync("ReferenceNotFound", Cancellation);
                    await Kubectl.DeleteAsync("vm", "far", Namespace, Cancellation, TimeSpan.FromSeconds(60));
                }
                else
                {
                    Assert.Contains("spec.disks[0].volume.name", created.Error, StringComparison.Ordinal);
                }
            }

            IsRefused(other, await Kubectl.RunAsync(Cancellation, "delete", "vol", "ledger", "-n", other, "--as", Tenant));
            IsRefused(other, await Kubectl.RunAsync(Manifests.BareMachine("guest"), Cancellation, "create", "-n", other, "-f", "-", "--as", Tenant));
        }
        finally
        {
            await Kubectl.DeleteAsync("vol", "ledger", other, CancellationToken.None, TimeSpan.FromSeconds(60));
            await Kubectl.DeleteAsync("namespace", other, null, CancellationToken.None);
        }
    }

    private Task<CommandResult> CreateAsync(string machine, string volume) => Kubectl.RunAsync(
        Manifests.BareMachine(machine, $"disks: [{{name: data, volume: {{name: \"{volume}\"}}}}]"), Cancellation, "create", "-n", Namespace, "-f", "-", "--as", Tenant);

    // The role edit has what Berth adds to it as soon as the controller manager has summed it up.
    private async Task MayEditAsync(string inNamespace)
    {
        await Kubectl.MustAsync(Cancellation, "create", "rolebinding", "editor", "-n", inNamespace, "--clusterrole=edit", $"--user={Tenant}");
        await Eventually.SeesAsync(
            "the role edit to hold VMs",
            token => Kubectl.RunAsync(token, "auth", "can-i", "create", "virtualmachines.berth.dev", "-n", inNamespace, "--as", Tenant),
            answer => answer.Succeeded, Eventually.Soon, Cancellation);
    }

    private static void IsRefused(string what, CommandResult result)
    {
        Assert.False(result.Succeeded, $"{what}: {result}");
        Assert.Contains(what, result.Error, StringComparison.Ordinal);
    }
}
