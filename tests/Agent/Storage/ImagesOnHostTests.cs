using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Copies of images, and volumes upon them, over a real libvirtd.</summary>
public sealed class ImagesOnHostTests(PrivateHost libvirt) : StorageOnHost(libvirt)
{
    [Fact]
    public async Task Builds_a_volume_upon_an_images_copy_and_says_so()
    {
        await AddPoolAsync();
        var image = await QcowAsync("2M");
        Agent.AddImage("debian", Web.Serve("/debian", image));

        var volume = await MakeAsync("root", spec => (spec.Size, spec.Source) = (Quantity.Parse("8Mi"), new VolumeSource { Image = "debian" }));

        var file = VolumeFile.Find(volume.Status!.Path!, "qcow2")!;
        Assert.Equal(8L << 20, file.Capacity);
        Assert.StartsWith(Path.Combine(Pool, "image-sha256-"), file.Backing, StringComparison.Ordinal);
        Assert.Equal("sha256:" + Path.GetFileName(file.Backing)!["image-sha256-".Length..], volume.Status.ImageDigest);
        Assert.Equal("Available", Agent.Report.Image("debian", PoolName)!.State);
        Assert.Equal(2L << 20, Agent.Report.Image("debian", PoolName)!.VirtualSize!.Value.ToInt64());
    }

    [Fact]
    public async Task A_volume_without_a_size_is_as_large_as_its_image_and_never_smaller()
    {
        await AddPoolAsync();
        Agent.AddImage("debian", Web.Serve("/debian", await QcowAsync("2M")));

        var same = await MakeAsync("same", spec => spec.Source = new VolumeSource { Image = "debian" });
        Agent.AddVolume("small", spec => (spec.Size, spec.Source) = (Quantity.Parse("1Mi"), new VolumeSource { Image = "debian" }));
        var small = await Agent.VolumeAsync("small", "Stalled", ConditionReasons.InvalidSpec);

        Assert.Equal(2L << 20, same.Status!.Capacity!.Value.ToInt64());
        Assert.Contains("spec.size", small.Status!.Conditions.Find("Stalled")!.Message, StringComparison.Ordinal);
        Assert.Null(small.Status.Path);
    }

    [Fact]
    public async Task A_missing_image_is_waited_for_and_its_coming_wakes_the_volume()
    {
        await AddPoolAsync();
        Agent.AddVolume("root", spec => spec.Source = new VolumeSource { Image = "late" });
        await Agent.VolumeAsync("root", "Reconciling", ConditionReasons.ReferenceNotFound);

        Agent.AddImage("late", Web.Serve("/late", await QcowAsync("1M")));

        await Agent.VolumeAsync("root", "Ready", StorageVolumeReasons.Available);
    }

    [Fact]
    public async Task An_image_goes_with_its_object_once_nothing_is_built_upon_it()
    {
        await AddPoolAsync();
        var image = Agent.AddImage("debian", Web.Serve("/debian", await QcowAsync("1M")), pools: [PoolName]);
        await StorageAgent.UntilAsync(() => Agent.Report.Image("debian", PoolName)?.State == NodeImageStates.Available);
        var volume = await MakeAsync("root", spec => spec.Source = new VolumeSource { Image = "debian" });
        var copy = VolumeFile.Find(volume.Status!.Path!, "qcow2")!.Backing!;

        Server.Delete<Image>("debian");
        await StorageAgent.UntilAsync(() => Agent.Report.Image("debian", PoolName) is null);
        await Agent.Get<Berth.NodeAgent.Images.ImageSweep>().ReconcileAsync(new ObjectKey(null, PoolName), Cancellation);
        Assert.True(File.Exists(copy));
        Server.Delete<StorageVolume>("root", "shop");
        await StorageAgent.UntilAsync(() => !File.Exists(volume.Status.Path));
        await Agent.Get<Berth.NodeAgent.Images.ImageSweep>().ReconcileAsync(new ObjectKey(null, PoolName), Cancellation);

        Assert.Equal([PoolMarker.FileName], Entries());
        Assert.NotEmpty(image.Uid());
    }

    [Fact]
    public async Task A_restarted_agent_finds_copies_again_and_clears_dead_transfers()
    {
        await AddPoolAsync();
        Agent.AddImage("debian", Web.Serve("/debian", await QcowAsync("1M")));
        await MakeAsync("root", spec => spec.Source = new VolumeSource { Image = "debian" });
        await Agent.DisposeAsync();
        File.WriteAllText(Path.Combine(Pool, ".part-dead"), "half");

        Agent = await StorageAgent.StartAsync(Server, Libvirt.Uri);
        await StorageAgent.UntilAsync(() => Agent.Report.Image("debian", PoolName)?.State == NodeImageStates.Available && !File.Exists(Path.Combine(Pool, ".part-dead")));

        Assert.Single(Web.Requests);
    }

    [Fact]
    public async Task A_failed_copy_says_why_and_is_tried_again()
    {
        await AddPoolAsync();
        var content = await QcowAsync("1M");
        var url = Web.Answer("/debian", "503 Service Unavailable");
        Agent.AddImage("debian", url, pools: [PoolName]);
        await StorageAgent.UntilAsync(() => Agent.Report.Image("debian", PoolName)?.State == NodeImageStates.Failed);
        Assert.Equal(ImageReasons.DownloadFailed, Agent.Report.Image("debian", PoolName)!.Reason);

        Web.Serve("/debian", content);

        await StorageAgent.UntilAsync(() => Agent.Report.Image("debian", PoolName)?.State == NodeImageStates.Available);
    }
}
