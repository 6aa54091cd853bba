using System.Security.Cryptography;

namespace Berth.EndToEnd.Tests;

/// <summary>A disk that a guest writes to is nobody else's, by QEMU's own locks.</summary>
public sealed class DiskLockTests(Stack stack) : EndToEndTest(stack)
{
    [Theory]
    [InlineData("qcow2")]
    [InlineData("raw")]
    public async Task The_disk_of_a_running_guest_is_refused_to_every_other_QEMU_and_what_looks_at_it_leaves_it_alone(string format)
    {
        await ApplyAsync(
            Manifests.Volume("boot", $"{{size: 4Mi, source: {{image: {Stack.Images.Idle}}}}}") + "---\n"
            + Manifests.Volume("disk", $"{{size: 4Mi, format: {format}}}") + "---\n"
            + Manifests.Machine("owner", "memory: {size: 64Mi}\nterminationGracePeriodSeconds: 0\ndisks:\n  - {name: root, volume: {name: boot}}\n  - {name: data, volume: {name: disk}}"));
        var running = await Machine("owner").BecomesReadyAsync("Running", Cancellation);
        await Machine("owner").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        var node = Machine("owner").NodeOf(running);
        var guest = await node.RunningGuestAsync(running.Uid, Cancellation);
        var path = (await Kubectl.GetAsync("vol", "disk", Namespace, Cancellation)).Text("status.path")!;
        var before = await DigestAsync(node, path);

        await IsRefusedAsync(node, "qemu-io", "-f", format, "-c", "write -P 7 0 512", path);
        await IsRefusedAsync(node, "qemu-img", "resize", "-f", format, path, "8M");
        await IsRefusedAsync(
            node, "qemu-system-x86_64", "-machine", "pc,accel=tcg", "-m", "16", "-display", "none", "-no-reboot", "-S", "-drive", $"file={path},format={format},if=virtio");
        await IsRefusedAsDomainAsync(node, path, format);

        // What Berth and libvirt do to a volume in use: they look, and grow it through the guest's own QEMU or not at all.
        await node.MustVirshAsync(Cancellation, "pool-refresh", await PoolOfAsync(node, path));
        await node.MustVirshAsync(Cancellation, "vol-info", path);
        Assert.DoesNotContain("shareable", await node.MustVirshAsync(Cancellation, "dumpxml", running.Uid), StringComparison.Ordinal);
        Assert.Equal(before, await DigestAsync(node, path));
        Assert.Equal(guest, await node.RunningGuestAsync(running.Uid, Cancellation));
    }

    private static async Task IsRefusedAsync(StackNode node, params string[] command)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => node.MustRunAsync(Cancellation, ["timeout", "20", .. command]));
        Assert.Contains("lock", refused.Message, StringComparison.Ordinal);
    }

    private async Task IsRefusedAsDomainAsync(StackNode node, string path, string format)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            $"""
             <domain type='qemu'><name>{Namespace}-thief</name><memory unit='MiB'>16</memory><os><type machine='pc'>hvm</type></os>
             <devices><disk type='file' device='disk'><driver name='qemu' type='{format}'/><source file='{path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>
             """,
            Cancellation);
        try
        {
            var refused = await node.VirshAsync(Cancellation, "create", file);
            Assert.False(refused.Succeeded, refused.ToString());
            Assert.Contains("lock", refused.Error, StringComparison.Ordinal);
        }
        finally
        {
            await node.VirshAsync(CancellationToken.None, "destroy", $"{Namespace}-thief");
            File.Delete(file);
        }
    }

    private static async Task<string> PoolOfAsync(StackNode node, string path) =>
        (await node.MustVirshAsync(Cancellation, "vol-pool", path)).Trim();

    private static async Task<string> DigestAsync(StackNode node, string path)
    {
        await using var file = new FileStream(node.Path(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, Cancellation));
    }
}
