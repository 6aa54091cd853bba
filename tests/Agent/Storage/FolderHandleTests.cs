using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Names are made and removed in the folder that was opened, and links are never followed.</summary>
public sealed class FolderHandleTests : IDisposable
{
    private readonly TemporaryFolder _pool = new();
    private readonly TemporaryFolder _outside = new();

    public void Dispose()
    {
        _pool.Dispose();
        _outside.Dispose();
    }

    [Fact]
    public void A_link_is_removed_itself_and_what_it_leads_to_stays()
    {
        var secret = _outside.Write("secret", [1]);
        File.CreateSymbolicLink(_pool.File("file"), secret);
        File.CreateSymbolicLink(_pool.File("nowhere"), _outside.File("nothing"));
        using var folder = FolderHandle.Open(_pool.Path);

        Assert.True(folder.Has("file"));
        Assert.True(folder.Has("nowhere"));
        Assert.True(folder.Delete("file"));
        Assert.True(folder.Delete("nowhere"));
        Assert.False(folder.Delete("file"));
        Assert.Empty(_pool.Entries);
        Assert.True(File.Exists(secret));
    }

    [Fact]
    public void Nothing_is_opened_made_or_replaced_through_a_link()
    {
        var secret = _outside.Write("secret", [1]);
        File.CreateSymbolicLink(_pool.File("file"), secret);
        File.CreateSymbolicLink(_pool.File("nowhere"), _outside.File("made"));
        _pool.Write("fresh", [2]);
        using var folder = FolderHandle.Open(_pool.Path);

        Assert.Throws<SymbolicLinkException>(() => folder.OpenRead("file"));
        Assert.Throws<SymbolicLinkException>(() => folder.OpenReadWrite("file"));
        Assert.Null(folder.Create("nowhere"));
        Assert.False(folder.Link("fresh", "file"));
        folder.Rename("fresh", "file");

        Assert.Equal([2], File.ReadAllBytes(_pool.File("file")));
        Assert.Equal([1], File.ReadAllBytes(secret));
        Assert.False(File.Exists(_outside.File("made")));
    }

    [Fact]
    public void A_folder_that_is_put_in_the_place_of_the_open_one_is_not_touched()
    {
        var other = _outside.Write("disk", [1]);
        _pool.Write("disk", [2]);
        var moved = _pool.Path + "-moved";
        using (var folder = FolderHandle.Open(_pool.Path))
        {
            Directory.Move(_pool.Path, moved);
            Directory.CreateSymbolicLink(_pool.Path, _outside.Path);
            Assert.True(folder.Delete("disk"));
            folder.Create("new")!.Dispose();
        }

        Assert.True(File.Exists(other));
        Assert.Equal("new", Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries(moved))));
        Assert.ThrowsAny<IOException>(() => FolderHandle.Open(_pool.Path));
        File.Delete(_pool.Path);
        Directory.Move(moved, _pool.Path);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a/b")]
    public void A_name_leads_nowhere_else(string name)
    {
        using var folder = FolderHandle.Open(_pool.Path);
        Assert.Throws<InvalidDataException>(() => folder.Delete(name));
        Assert.Throws<InvalidDataException>(() => folder.Create(name));
    }

    [Fact]
    public void Deleting_a_file_leaves_folders_alone()
    {
        Directory.CreateDirectory(_pool.File("folder"));
        using var folder = FolderHandle.Open(_pool.Path);
        Assert.Throws<IOException>(() => folder.Delete("folder"));
        Assert.True(Directory.Exists(_pool.File("folder")));
    }

    [Fact]
    public async Task A_pool_whose_folder_was_swapped_is_not_held()
    {
        var marker = new PoolMarker("pool-1", "cluster-1", "machine-1");
        Assert.True(marker.Write(_pool.Path));
        var pool = new LocalPool { Name = "fast", Uid = "pool-1", Target = _pool.Path, Marker = marker, ReclaimPolicy = "Delete" };
        (await PoolHold.TakeAsync(pool, TestContext.Current.CancellationToken)).Dispose();

        Assert.True((marker with { PoolUid = "pool-2" }).Write(_outside.Path));
        Assert.Null(await PoolHold.TryTakeAsync(pool with { Target = _outside.Path }, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(() => PoolHold.TakeAsync(pool with { Target = _outside.File("none") }, TestContext.Current.CancellationToken));
        Assert.Equal(1, pool.Lock.CurrentCount);
    }
}
