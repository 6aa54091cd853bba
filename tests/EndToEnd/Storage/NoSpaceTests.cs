namespace Berth.EndToEnd.Tests;

/// <summary>A pool that is full when a guest writes.</summary>
public sealed class NoSpaceTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task A_guest_whose_storage_is_full_pauses_says_so_and_goes_on_when_there_is_room()
    {
        var node = Stack.Node("node-1");
        var pool = ClusterScoped("pool", "small");
        var folder = $"/var/lib/berth/pools/{pool}";
        await node.MustRunAsync(Cancellation, "sh", "-c", $"mkdir -p {folder} && mount -t tmpfs -o size=16m tmpfs {folder}");
        try
        {
            await MakeVolumeAsync(pool, folder);
            await node.MustRunAsync(Cancellation, "sh", "-c", $"head -c 32M /dev/zero >{folder}/filler; [ -s {folder}/filler ]");
            await ApplyAsync(Manifests.Machine("writer", "memory: {size: 64Mi}\nterminationGracePeriodSeconds: 0\ndisks:\n  - {name: root, volume: {name: disk}}"));

            // It counts its boots on its disk before it says anything.
            var paused = await Machine("writer").BecomesAsync("to be paused", machine => machine.Reason("Ready") == "NoSpace", Cancellation);
            Assert.Equal("Paused", paused.Text("status.state"));
            Assert.Contains(folder, paused.Message("Ready"), StringComparison.Ordinal);
            await Eventually.SeesAsync(
                "an event that says so",
                token => Kubectl.ListAsync("events", Namespace, token),
                events => events.Any(occurred => occurred.Text("reason") == "NoSpace"),
                Eventually.Soon,
                Cancellation);
            var guest = await node.RunningGuestAsync(paused.Uid, Cancellation);

            await node.MustRunAsync(Cancellation, "rm", $"{folder}/filler");
            await Machine("writer").BecomesReadyAsync("Running", Cancellation);
            await Machine("writer").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
            Assert.Equal(guest.Qemu, (await node.RunningGuestAsync(paused.Uid, Cancellation)).Qemu);
        }
        finally
        {
            await Kubectl.DeleteAllAsync("vm,vol", Namespace, CancellationToken.None, TimeSpan.FromSeconds(60));
            await Kubectl.DeleteAsync("pool", pool, null, CancellationToken.None, TimeSpan.FromSeconds(30));
            await node.MustRunAsync(CancellationToken.None, "umount", "-l", folder);
        }
    }

    private async Task MakeVolumeAsync(string pool, string folder)
    {
        await ApplyAsync(
            $$"""
              apiVersion: berth.dev/v1alpha1
              kind: StoragePool
              metadata: {name: {{pool}}}
              spec: {type: dir, target: {path: {{folder}}}, nodeSelector: {kubernetes.io/hostname: node-1} }
              ---

              """ + Manifests.Volume("disk", $"{{pool: {pool}, size: 1Mi, source: {{image: {Stack.Images.Idle}}}}}"));
        await Eventually.SeesAsync("the volume to be there", token => Kubectl.GetAsync("vol", "disk", Namespace, token), volume => volume.IsReady, Eventually.Soon, Cancellation);
    }
}
