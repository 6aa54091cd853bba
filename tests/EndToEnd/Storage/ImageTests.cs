namespace Berth.EndToEnd.Tests;

/// <summary>Images that cannot be fetched as asked.</summary>
public sealed class ImageTests(Stack stack) : EndToEndTest(stack)
{
    private const string PoolFolder = "/var/lib/berth/pools/default";

    [Fact]
    public async Task A_wrong_checksum_stalls_the_image_and_leaves_nothing_in_the_pool()
    {
        var content = BootSector.Disk("WRONG-SUM");
        var image = ClusterScoped("image", "wrong");
        await ApplyAsync(Manifests.Image(image, "disk", Stack.ImageServer.Serve(image, content), "sha256:" + new string('0', 64), "[default]"));
        var stalled = await StallsAsync(image, "ChecksumMismatch");
        Assert.Contains(Guests.Checksum(content)["sha256:".Length..], stalled.Message("Stalled"), StringComparison.Ordinal);
        CheckNothingIsLeft(content);
    }

    [Fact]
    public async Task A_server_that_stops_half_way_stalls_the_image_and_leaves_nothing_in_the_pool()
    {
        var content = BootSector.Disk("HALF-WAY");
        var image = ClusterScoped("image", "half");
        await ApplyAsync(Manifests.Image(image, "disk", Stack.ImageServer.ServeHalf(image, content), Guests.Checksum(content), "[default]"));
        await StallsAsync(image, "DownloadIncomplete");
        CheckNothingIsLeft(content);

        // The server has recovered: the image is fetched at the next try, without anybody's help.
        Stack.ImageServer.Serve(image, content);
        await Eventually.SeesAsync(
            "the image to become Ready", token => Kubectl.GetAsync("image", image, null, token), item => item.IsReady, Eventually.Booted, Cancellation);
    }

    [Fact]
    public async Task A_VM_shows_why_its_image_cannot_be_had()
    {
        var image = ClusterScoped("image", "missing");
        await ApplyAsync(Manifests.Image(image, "disk", Stack.ImageServer.Serve("other", []).Replace("other", "nothing-here", StringComparison.Ordinal), null)
            + "---\n" + Manifests.DiskMachine("unlucky", image));
        var unlucky = await Machine("unlucky").BecomesAsync("to name the image's failure", machine => machine.Message("Ready").Contains("404", StringComparison.Ordinal), Cancellation);
        Assert.False(unlucky.IsReady);
        await StallsAsync(image, "DownloadFailed");
    }

    [Fact]
    public async Task An_image_is_fetched_once_per_node_and_goes_when_nobody_uses_it()
    {
        var content = BootSector.Disk("FETCHED-ONCE");
        var image = await ServeImageAsync("once", "disk", content);
        var unused = await Eventually.SeesAsync("the image to be Ready", token => Kubectl.GetAsync("image", image, null, token), item => item.IsReady, Eventually.Soon, Cancellation);
        Assert.Equal("OnDemand", unused.Reason("Ready"));
        Assert.Equal(0, Stack.ImageServer.RequestsFor(image));

        var select = Manifests.OnNode("node-1");
        await ApplyAsync(Manifests.DiskMachine("one", image, select) + "---\n" + Manifests.DiskMachine("two", image, select));
        await Machine("one").BecomesReadyAsync("Running", Cancellation);
        await Machine("two").BecomesReadyAsync("Running", Cancellation);
        Assert.Equal(1, Stack.ImageServer.RequestsFor(image));
        Assert.Contains(CopyOf(content), Stack.Node("node-1").Files(PoolFolder));
        Assert.True(File.GetAttributes(Stack.Node("node-1").Path($"{PoolFolder}/{CopyOf(content)}")).HasFlag(FileAttributes.ReadOnly), "the copy is read-only");

        // A copy goes with its Image, but not before the last disk that is based on it.
        await Kubectl.MustAsync(Cancellation, "delete", "image", image);
        await Machine("one").DeleteAsync(Cancellation);
        Assert.Contains(CopyOf(content), Stack.Node("node-1").Files(PoolFolder));
        await Machine("two").DeleteAsync(Cancellation);
        await Eventually.SeesAsync(
            "the copy to go", _ => Task.FromResult(Stack.Node("node-1").Files(PoolFolder)), files => !files.Contains(CopyOf(content)), Eventually.Booted, Cancellation, files => string.Join('\n', files));
    }

    private Task<KubernetesJson> StallsAsync(string image, string reason) =>
        Eventually.SeesAsync(
            $"image {image} to stall with {reason}",
            token => Kubectl.GetAsync("image", image, null, token),
            item => item.Reason("Stalled") == reason && item.KStatus() == KStatus.Failed,
            Eventually.Soon,
            Cancellation);

    private void CheckNothingIsLeft(byte[] content)
    {
        foreach (var node in Stack.Nodes)
        {
            var files = node.Files(PoolFolder);
            Assert.DoesNotContain(CopyOf(content), files);
            Assert.DoesNotContain(files, file => file.StartsWith(".part", StringComparison.Ordinal) && new FileInfo(node.Path($"{PoolFolder}/{file}")).Length <= content.Length);
        }
    }

    private static string CopyOf(byte[] content) => $"image-{Guests.Checksum(content).Replace(':', '-')}";
}
