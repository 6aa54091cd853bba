using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>What guests and people with access to a pool can leave in it, over a real libvirtd.</summary>
public sealed class HostileVolumesOnHostTests(PrivateHost libvirt) : StorageOnHost(libvirt)
{
    [Theory]
    [InlineData("thin")]
    [InlineData("full")]
    public async Task A_raw_disk_on_which_the_guest_wrote_a_qcow2_header_stays_raw_when_it_grows(string allocation)
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => (spec.Size, spec.Format, spec.Allocation) = (Quantity.Parse("2Mi"), "raw", allocation));
        var victim = Path.Combine(Libvirt.Folder, PoolName + "-victim");
        await File.WriteAllBytesAsync(victim, new byte[4096], Cancellation);
        var header = await SplitHeaderAsync(victim);
        await using (var disk = new FileStream(volume.Status!.Path!, FileMode.Open, FileAccess.Write))
        {
            await disk.WriteAsync(header, Cancellation);
        }

        Agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"3Mi"}}""");
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.Capacity!.Value.ToInt64() == 3L << 20);

        Assert.Equal(3L << 20, new FileInfo(volume.Status.Path!).Length);
        Assert.Equal(4096, new FileInfo(victim).Length);
        var content = await File.ReadAllBytesAsync(volume.Status.Path!, Cancellation);
        Assert.Equal(header, content[..header.Length]);
    }

    [Fact]
    public async Task A_status_that_names_another_file_is_not_followed()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => (spec.Size, spec.Format) = (Quantity.Parse("1Mi"), "raw"));
        var other = Path.Combine(Libvirt.Folder, $"{PoolName}-other.{volume.Uid()[..8]}");
        await File.WriteAllTextAsync(other, "data", Cancellation);

        Agent.Patch<StorageVolume>("data", "shop", $$$"""{"status":{"path":"{{{other}}}"}}""", "status");
        Agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"2Mi"}}""");
        await Agent.VolumeAsync("data", "Stalled", ConditionReasons.InvalidSpec);
        Server.Delete<StorageVolume>("data", "shop");
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.ObservedGeneration == Agent.Volume("data").Metadata.Generation);

        Assert.Equal("data", await File.ReadAllTextAsync(other, Cancellation));
        Assert.True(File.Exists(volume.Status!.Path));
    }

    [Fact]
    public async Task Links_planted_where_a_volume_will_be_are_not_written_through()
    {
        await AddPoolAsync();
        var (draft, final) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        var victim = Path.Combine(Libvirt.Folder, PoolName + "-victim");
        await File.WriteAllTextAsync(victim, "data", Cancellation);
        File.CreateSymbolicLink(Path.Combine(Pool, ".volume-" + draft), victim + "-missing");
        File.CreateSymbolicLink(Path.Combine(Pool, $"shop.final.{final[..8]}"), victim);

        Agent.AddVolume("draft", spec => spec.Size = Quantity.Parse("1Mi"), draft);
        Agent.AddVolume("final", spec => spec.Size = Quantity.Parse("1Mi"), final);
        await Agent.VolumeAsync("draft", "Ready", StorageVolumeReasons.Available);
        await Agent.VolumeAsync("final", "Stalled", StorageVolumeReasons.CreateFailed);

        Assert.False(File.Exists(victim + "-missing"));
        Assert.Equal("data", await File.ReadAllTextAsync(victim, Cancellation));
    }

    [Fact]
    public async Task A_full_volume_that_would_fill_the_pool_is_not_begun()
    {
        await AddPoolAsync();

        Agent.AddVolume("huge", spec => (spec.Size, spec.Allocation, spec.Format) = (Quantity.Parse("1Pi"), "full", "raw"));
        await Agent.VolumeAsync("huge", "Ready", StorageVolumeReasons.InsufficientSpace);

        Assert.Equal([PoolMarker.FileName], Entries());
    }

    // A header whose clusters are in the victim: qemu-img would make the victim larger.
    private static async Task<byte[]> SplitHeaderAsync(string victim)
    {
        using var folder = new TemporaryFolder();
        var split = folder.File("split");
        await Qcow2HeaderTests.QemuImgAsync("create", "-q", "-f", "qcow2", "-o", $"data_file={folder.File("data")},data_file_raw=on", split, "2M");
        await Qcow2HeaderTests.QemuImgAsync("amend", "-f", "qcow2", "-o", $"data_file={victim}", split);
        var content = await File.ReadAllBytesAsync(split, Cancellation);
        return content[..Math.Min(content.Length, 1 << 20)];
    }
}
