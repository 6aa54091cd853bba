using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>A file system of a node is full: what is to be made there waits and says why, what runs is untouched, and nothing half-written is left.</summary>
[Collection(nameof(Faults))]
public sealed class FullDiskTests(Stack stack) : FaultTest(stack)
{
    private const string Filler = "filler";

    private StackNode Node => Stack.Nodes[0];

    [Fact]
    public async Task A_full_pool_takes_nothing_until_there_is_space()
    {
        var (pool, folder) = (ClusterScoped("pool", "small"), $"/var/lib/berth/pools/{Namespace}");
        await MountAsync(folder, "16m");
        try
        {
            await ApplyAsync(Pool(pool, folder));
            var steady = await RunningGuestInAsync("steady", pool);
            await FillAsync(folder);
            var before = Node.Files(folder);

            // Of the one the size is known before, of the other it is not: that one finds out by writing.
            var image = ClusterScoped("image", "late");
            await ApplyAsync(Manifests.Image(image, "disk", Stack.ImageServer.Answer(image, "200 OK", Guests.PowersOff), Guests.Checksum(Guests.PowersOff), $"[{pool}]"));
            await HypervisorBecomesAsync(Node, "to say why the image is not there", item => CopyOf(item, image) is ("Failed", "InsufficientSpace"));
            await ApplyAsync(InPool("late", pool));
            await Eventually.SeesAsync(
                "the volume to say why it is not there", token => Kubectl.FindAsync("vol", "late-root", Namespace, token), item => item?.Reason("Ready") == "InsufficientSpace", Eventually.Soon, Cancellation);
            await Machine("late").BecomesAsync("to wait for its volume", item => item.Reason("Ready") == "VolumeNotReady", Cancellation);
            Assert.Equal(before.Order(), Node.Files(folder).Order());
            await steady.IsUntouchedAsync(Cancellation);

            await Node.MustRunAsync(Cancellation, "rm", $"{folder}/{Filler}");
            await Machine("late").BecomesReadyAsync("Running", Cancellation);
            await HypervisorBecomesAsync(Node, "to have the image", item => CopyOf(item, image) is ("Available", _));
            Assert.DoesNotContain(Node.Files(folder), file => file.StartsWith(".part-", StringComparison.Ordinal) || file.StartsWith(".volume-", StringComparison.Ordinal));
            await steady.IsUntouchedAsync(Cancellation);
        }
        finally
        {
            await Node.MustRunAsync(CancellationToken.None, "rm", "-f", $"{folder}/{Filler}");
            await Kubectl.DeleteAllAsync("vm", Namespace, CancellationToken.None, TimeSpan.FromSeconds(60));
            await Kubectl.DeleteAsync("pool", pool, null, CancellationToken.None, TimeSpan.FromSeconds(30));
            await UnmountAsync(folder);
        }
    }

    [Fact]
    public async Task A_full_folder_of_the_agent_holds_back_a_start_that_needs_it_and_nothing_else()
    {
        const string seeds = "/var/lib/berth/seeds";
        const string consoles = "/var/lib/berth/console";
        var steady = await RunningGuestAsync("steady", OnNode(Node));
        await MountAsync(seeds, "4k");
        await MountAsync(consoles, "4k");
        try
        {
            await FillAsync(consoles);

            // A console's log is for people: a guest runs without.
            await ApplyAsync(Manifests.BareMachine("silent", OnNode(Node)));
            await Machine("silent").BecomesReadyAsync("Running", Cancellation);

            await ApplyAsync(Manifests.BareMachine("seeded", $"{OnNode(Node)}\ncloudInit: {{userData: \"#cloud-config\"}}"));
            var held = await Machine("seeded").BecomesAsync("to say what is full", item => item.Reason("Ready") == "InsufficientSpace", Cancellation);
            Assert.Contains("/var/lib/berth", held.Message("Ready"), StringComparison.Ordinal);
            Assert.Empty(Node.Files(seeds));
            Assert.DoesNotContain(held.Uid, await Node.DomainsAsync(Cancellation));
            Assert.True(steady.HasItsProcess);

            await Node.MustRunAsync(Cancellation, "mount", "-o", "remount,size=1m", seeds);
            await Machine("seeded").BecomesReadyAsync("Running", Cancellation);
            Assert.Equal([$"{held.Uid}.iso"], Node.Files(seeds));
        }
        finally
        {
            await Kubectl.RunAsync(CancellationToken.None, "delete", "vm", "silent", "seeded", "-n", Namespace, "--ignore-not-found", "--timeout=60s");
            await UnmountAsync(seeds);
            await UnmountAsync(consoles);
        }

        await steady.IsUntouchedAsync(Cancellation);
    }

    private async Task MountAsync(string folder, string size)
    {
        await Node.MustRunAsync(Cancellation, "mkdir", "-p", folder);
        await Node.MustRunAsync(Cancellation, "mount", "-t", "tmpfs", "-o", $"size={size},mode=0755", "tmpfs", folder);
    }

    // Lazily: whatever a failed test has left open there must not keep the next one from its folders.
    private Task<string> UnmountAsync(string folder) => Node.MustRunAsync(CancellationToken.None, "umount", "-l", folder);

    private Task<string> FillAsync(string folder) => Node.MustRunAsync(Cancellation, "sh", "-c", $"! dd if=/dev/zero of={folder}/{Filler} bs=4k 2>/dev/null");

    private async Task<SteadyGuest> RunningGuestInAsync(string name, string pool)
    {
        await ApplyAsync(InPool(name, pool));
        return await SteadyGuest.FollowAsync(Machine(name), Cancellation);
    }

    private string InPool(string name, string pool) => Manifests.Machine(
        name,
        $"""
         memory: {"{"}size: 64Mi{"}"}
         terminationGracePeriodSeconds: 0
         disks:
           - name: root
             template: {"{"}image: {Stack.Images.Idle}, pool: {pool}{"}"}
         {OnNode(Node)}
         """);

    private string Pool(string name, string folder) =>
        $"""
         apiVersion: berth.dev/v1alpha1
         kind: StoragePool
         metadata: {"{"}name: {name}{"}"}
         spec:
           type: dir
           target: {"{"}path: {folder}{"}"}
           nodeSelector: {"{"}kubernetes.io/hostname: {Node.Name}{"}"}

         """;

    private static (string? State, string? Reason) CopyOf(KubernetesJson hypervisor, string image) =>
        ((hypervisor.At("status.images") as JsonArray) ?? []).FirstOrDefault(copy => (string?)copy!["name"] == image) is { } found
            ? ((string?)found["state"], (string?)found["reason"])
            : default;
}
