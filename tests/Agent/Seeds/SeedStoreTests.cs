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
            var seed = CloudInitSeed.ImageOf(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "vm", Uid = id.ToString() }, Spec = new() { CloudInit = new CloudInit { UserData = text } } }, null)!;
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
}
