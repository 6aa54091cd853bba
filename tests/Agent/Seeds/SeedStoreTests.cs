using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Seeds;

namespace Berth.NodeAgent.Tests.Seeds;

public sealed class SeedStoreTests
{
    [Fact]
    public async Task A_seed_is_readable_by_its_owner_alone_and_can_be_replaced_and_removed()
    {
        using var folder = new TestFolder();
        var store = new SeedStore(folder.Options);
        var id = Guid.NewGuid();
        store.Delete(id);
        foreach (var text in (string[])["one", "two"])
        {
            var seed = SeedOf(id, text);
            await store.WriteAsync(id, seed, TestContext.Current.CancellationToken);
            Assert.True(store.Has(id));
            Assert.Equal(seed, await File.ReadAllBytesAsync(store.PathOf(id), TestContext.Current.CancellationToken));
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store.PathOf(id)));
        await File.WriteAllTextAsync(store.PathOf(id) + ".part", "of a write that was cut off", TestContext.Current.CancellationToken);
        store.Delete(id);
        Assert.False(store.Has(id));
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_seed_is_not_written_through_a_link()
    {
        using var folder = new TestFolder();
        var store = new SeedStore(folder.Options);
        var id = Guid.NewGuid();
        var seed = SeedOf(id, "one");
        await store.WriteAsync(id, seed, TestContext.Current.CancellationToken);
        var precious = Path.Combine(folder.Path, "precious");
        File.WriteAllText(precious, "data");
        File.Delete(store.PathOf(id));
        File.CreateSymbolicLink(store.PathOf(id), precious);
        File.CreateSymbolicLink(store.PathOf(id) + ".part", precious);

        await store.WriteAsync(id, seed, TestContext.Current.CancellationToken);
        Assert.Equal("data", File.ReadAllText(precious));
        Assert.Null(new FileInfo(store.PathOf(id)).LinkTarget);
    }

    [Fact]
    public async Task A_seed_that_cannot_be_written_leaves_nothing_of_itself()
    {
        using var folder = new TestFolder();
        var store = new SeedStore(folder.Options);
        var id = Guid.NewGuid();
        Directory.CreateDirectory(store.PathOf(id));
        await Assert.ThrowsAnyAsync<IOException>(() => store.WriteAsync(id, SeedOf(id, "text"), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    private static byte[] SeedOf(Guid id, string text) =>
        CloudInitSeed.ImageOf(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "vm", Uid = id.ToString() }, Spec = new() { CloudInit = new CloudInit { UserData = text } } }, null)!;
}
