using System.Text.RegularExpressions;
using Berth.Kubernetes;

namespace Berth.EndToEnd.Tests;

/// <summary>The whole road with a Linux guest: images over http, boot, stop, start, delete.</summary>
public sealed partial class KernelBootTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Runs_a_guest_from_images_over_http_and_leaves_nothing_when_it_is_deleted()
    {
        await ApplyGuestAsync();
        var waited = await Kubectl.RunAsync(Cancellation, "wait", "--for=condition=Ready", "vm/guest", "-n", Namespace, "--timeout=60s");
        waited.MustSucceed();

        var guest = Machine("guest");
        var running = await guest.BecomesReadyAsync("Running", Cancellation);
        var node = guest.NodeOf(running);
        Assert.Contains(running.Uid, await node.RunningDomainsAsync(Cancellation));
        await CheckBerthAsync(guest, running);
        Assert.Equal(1, await DiskBootsAsync(guest, 1));
        await CheckAddressAsync(guest);

        await StopAsync(guest, running);
        await guest.PatchSpecAsync("""{"powerState":"Running"}""", Cancellation);
        await guest.BecomesReadyAsync("Running", Cancellation);
        Assert.Equal(2, await DiskBootsAsync(guest, 2));

        await DeleteAsync(guest, running);
    }

    private async Task ApplyGuestAsync()
    {
        var kernel = await ServeImageAsync("kernel", "kernel", Stack.Guests.Kernel);
        var initrd = await ServeImageAsync("initrd", "initrd", Stack.Guests.Initrd);
        await ApplyAsync(Manifests.KernelMachine("guest", kernel, initrd));
    }

    private async Task CheckBerthAsync(Machine guest, KubernetesJson machine)
    {
        var berth = await guest.BerthAsync(Cancellation);
        Assert.Equal(machine.Text("status.nodeName"), berth.Text("spec.nodeName"));
        Assert.Equal(machine.Uid, berth.Text("metadata.ownerReferences.0.uid"));
        Assert.Null(berth.At("metadata.ownerReferences.0.blockOwnerDeletion"));
        var request = Quantity.Parse(berth.Text("spec.containers.0.resources.requests.memory")!);
        Assert.True(request >= Quantity.Parse(machine.Text("spec.memory.size")!), $"the berth requests {request}");
        Assert.Equal(berth.Text("spec.containers.0.resources.limits.memory"), berth.Text("spec.containers.0.resources.requests.memory"));
    }

    // The guest counts its boots on its first disk and says so on the console.
    private async Task<int> DiskBootsAsync(Machine guest, int boots)
    {
        var console = await guest.ConsoleShowsAsync($"DISK-BOOTS {boots}", Cancellation);
        return DiskBoots().Matches(console).Select(match => int.Parse(match.Groups[1].Value, null)).Max();
    }

    private async Task CheckAddressAsync(Machine guest)
    {
        var console = await guest.ConsoleShowsAsync("DHCP eth0 ", Cancellation);
        var address = Dhcp().Matches(console)[^1].Groups[1].Value;
        var machine = await guest.BecomesAsync("to show its address", item => item.At("status.interfaces.0.ips.0") is not null, Cancellation);
        Assert.Equal(address, machine.Text("status.interfaces.0.ips.0"));
        Assert.Equal("lan", machine.Text("status.interfaces.0.name"));
        Assert.StartsWith("192.168.150.", address, StringComparison.Ordinal);
        var table = await Kubectl.MustAsync(Cancellation, "get", "vm", "-n", Namespace);
        Assert.Matches($@"guest +Running +True +node-\d +{Regex.Escape(address)}", table);
    }

    private async Task StopAsync(Machine guest, KubernetesJson running)
    {
        var node = guest.NodeOf(running);
        var volume = await Kubectl.GetAsync("vol", "guest-data", Namespace, Cancellation);
        await guest.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        var stopped = await guest.BecomesReadyAsync("Stopped", Cancellation, Eventually.Booted);
        Assert.Null(stopped.Text("status.nodeName"));
        await guest.BecomesAsync("to be bound to no node", item => string.IsNullOrEmpty(item.Text("status.binding.nodeName")), Cancellation);
        Assert.DoesNotContain(running.Uid, await node.DomainsAsync(Cancellation));
        await Eventually.SeesAsync("the berth to go", guest.BerthsAsync, berths => berths.Count == 0, Eventually.Soon, Cancellation);
        Assert.True(File.Exists(node.Path(volume.Text("status.path")!)), "the disk is kept");
        // A graceful stop: the guest itself switched off.
        Assert.Contains("GUEST-OFF", await node.ConsoleAsync(running, Cancellation), StringComparison.Ordinal);
    }

    private async Task DeleteAsync(Machine guest, KubernetesJson running)
    {
        await guest.DeleteAsync(Cancellation, TimeSpan.FromMinutes(2));
        foreach (var node in Stack.Nodes)
        {
            Assert.DoesNotContain(running.Uid, await node.DomainsAsync(Cancellation));
        }

        await Eventually.SeesAsync("everything of the VM to go", RemainingObjectsAsync, items => items.Count == 0, Eventually.Soon, Cancellation, Show);
        await Eventually.SeesAsync(
            "its files to go", _ => Task.FromResult(RemainingFiles(running.Uid)), files => files.Count == 0, Eventually.Soon, Cancellation, Show);
    }

    private static string Show(IReadOnlyList<string> items) => string.Join('\n', items);

    [GeneratedRegex(@"DISK-BOOTS (\d+)")]
    private static partial Regex DiskBoots();

    [GeneratedRegex(@"DHCP eth0 ([0-9.]+)/\d+")]
    private static partial Regex Dhcp();
}
