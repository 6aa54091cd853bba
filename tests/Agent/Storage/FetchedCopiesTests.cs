using System.Security.Cryptography;
using Berth.NodeAgent.Images;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>What is kept: found again, shared by Images and agents, and nothing half-written.</summary>
public sealed class FetchedCopiesTests : ImageFetchTest
{
    [Fact]
    public async Task Finds_a_copy_again_without_asking_the_server()
    {
        var url = Server.Serve("/disk", [1, 2, 3]);
        var first = await FetchAsync(url);
        Server.Serve("/disk", [4, 5, 6]);

        Assert.Equal(first, await FetchAsync(url));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task Finds_a_copy_that_another_image_brought()
    {
        byte[] content = [1, 2, 3];
        var first = await FetchAsync(Server.Serve("/disk", content));

        var second = await FetchAsync(Server.Address + "/never-asked", Sha256(content), uid: "uid-2");

        Assert.Equal(first, second);
        Assert.Equal([".image-uid-1.json", ".image-uid-2.json", Path.GetFileName(first.Path)], Pool.Entries);
    }

    [Fact]
    public async Task Fetches_again_when_the_source_changed_or_the_copy_is_gone()
    {
        var first = await FetchAsync(Server.Serve("/1", [1]));
        var second = await FetchAsync(Server.Serve("/2", [2]));
        Assert.NotEqual(first.Digest, second.Digest);

        File.Delete(second.Path);

        Assert.Equal(second, await FetchAsync(Server.Address + "/2"));
        Assert.Equal(["/1", "/2", "/2"], Server.Requests);
    }

    [Fact]
    public async Task Does_not_take_a_link_or_a_file_of_another_size_for_a_copy()
    {
        var copy = await FetchAsync(Server.Serve("/disk", [1, 2, 3]));
        File.Delete(copy.Path);
        File.CreateSymbolicLink(copy.Path, Pool.Write("other", [1, 2, 3]));

        await Assert.ThrowsAsync<ImageFetchException>(() => FetchAsync(Server.Address + "/disk"));
        Assert.NotNull(new FileInfo(copy.Path).LinkTarget);
    }

    [Fact]
    public async Task Two_agents_at_once_on_one_folder_end_with_one_copy()
    {
        var content = RandomNumberGenerator.GetBytes(900_000);
        var arrived = 0;
        var both = new TaskCompletionSource();
        var url = Server.On("/disk", async (stream, cancellationToken) =>
        {
            if (Interlocked.Increment(ref arrived) == 2)
            {
                both.SetResult();
            }

            await both.Task.WaitAsync(cancellationToken);
            await ScriptedServer.HeadAsync(stream, "200 OK", $"Content-Length: {content.Length}");
            await stream.WriteAsync(content, cancellationToken);
        });

        var copies = await Task.WhenAll(FetchAsync(url), FetchAsync(url));

        Assert.Equal(copies[0], copies[1]);
        Assert.Equal([".image-uid-1.json", Path.GetFileName(copies[0].Path)], Pool.Entries);
        Assert.Equal(content, await File.ReadAllBytesAsync(copies[0].Path, Cancellation));
    }

    [Fact]
    public async Task Leaves_nothing_when_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var url = Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Length: 10");
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ImageFetcher(Web, Options, Time).FetchAsync(Request(url), Pool.Path, new SemaphoreSlim(1, 1), stop.Token));
        Assert.Empty(Pool.Entries);
    }

    [Fact]
    public void Removes_what_dead_transfers_left_and_nothing_of_living_ones()
    {
        var folder = new ImageFolder(Pool.Path);
        Pool.Write(".part-dead", [1]);
        Pool.Write("shop.data.0123abcd", [1]);
        using var living = folder.CreatePart();

        using var open = FolderHandle.Open(Pool.Path);
        Assert.Equal(1, ImageFolder.RemoveDeadParts(open));
        Assert.Equal([Path.GetFileName(living.Name), "shop.data.0123abcd"], Pool.Entries);
    }
}
