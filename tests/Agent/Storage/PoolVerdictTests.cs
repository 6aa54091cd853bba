using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class PoolVerdictTests
{
    private static readonly PoolMarker Ours = new("pool-1", "cluster-1", "machine-1");

    public enum Found
    {
        NoFolder,
        EmptyFolder,
        Files,
        OurMarker,
        MarkerOfAnotherPool,
        MarkerOfAnotherCluster,
        MarkerOfAnotherMachine,
        UnreadableMarker,
    }

    [Theory]
    [InlineData(Found.NoFolder, false, "build")]
    [InlineData(Found.NoFolder, true, StoragePoolReasons.MarkerMissing)]
    [InlineData(Found.EmptyFolder, false, "build")]
    [InlineData(Found.EmptyFolder, true, StoragePoolReasons.MarkerMissing)]
    [InlineData(Found.Files, false, StoragePoolReasons.MarkerMissing)]
    [InlineData(Found.Files, true, StoragePoolReasons.MarkerMissing)]
    [InlineData(Found.OurMarker, false, "use")]
    [InlineData(Found.OurMarker, true, "use")]
    [InlineData(Found.MarkerOfAnotherPool, false, StoragePoolReasons.MarkerForeign)]
    [InlineData(Found.MarkerOfAnotherPool, true, StoragePoolReasons.MarkerForeign)]
    [InlineData(Found.MarkerOfAnotherCluster, false, StoragePoolReasons.MarkerForeign)]
    [InlineData(Found.MarkerOfAnotherCluster, true, StoragePoolReasons.MarkerForeign)]
    [InlineData(Found.MarkerOfAnotherMachine, false, StoragePoolReasons.MarkerForeign)]
    [InlineData(Found.MarkerOfAnotherMachine, true, StoragePoolReasons.MarkerForeign)]
    [InlineData(Found.UnreadableMarker, false, StoragePoolReasons.MarkerForeign)]
    [InlineData(Found.UnreadableMarker, true, StoragePoolReasons.MarkerForeign)]
    public void Builds_only_where_nothing_was_and_uses_only_its_own(Found found, bool wasBuilt, string expected) =>
        Assert.Equal(expected, PoolVerdict.Of(Folder(found), Ours, wasBuilt) switch
        {
            PoolVerdict.Build => "build",
            PoolVerdict.Use => "use",
            PoolVerdict.Refuse refusal => refusal.Reason,
            _ => "",
        });

    [Fact]
    public void A_marker_is_read_as_it_was_written_and_never_replaced()
    {
        using var folder = new TemporaryFolder();

        Assert.Null(PoolMarker.Read(folder.Path));
        Assert.True(Ours.Write(folder.Path));
        Assert.False((Ours with { PoolUid = "pool-2" }).Write(folder.Path));

        Assert.Equal(Ours, PoolMarker.Read(folder.Path));
        Assert.Equal([PoolMarker.FileName], folder.Entries);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"poolUid\": 1}")]
    public void A_marker_that_is_none_is_not_taken_for_a_missing_one(string content)
    {
        using var folder = new TemporaryFolder();
        folder.Write(PoolMarker.FileName, System.Text.Encoding.UTF8.GetBytes(content));

        Assert.NotNull(PoolFolder.LookAt(folder.Path).MarkerProblem);
    }

    [Fact]
    public void A_new_file_systems_own_folder_leaves_a_folder_empty()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("lost+found"));

        Assert.True(PoolFolder.LookAt(folder.Path).IsEmpty);
    }

    private static PoolFolder Folder(Found found) => found switch
    {
        Found.NoFolder => new(Exists: false, IsEmpty: true),
        Found.EmptyFolder => new(Exists: true, IsEmpty: true),
        Found.Files => new(Exists: true, IsEmpty: false),
        Found.OurMarker => new(Exists: true, IsEmpty: false, Ours),
        Found.MarkerOfAnotherPool => new(Exists: true, IsEmpty: false, Ours with { PoolUid = "pool-2" }),
        Found.MarkerOfAnotherCluster => new(Exists: true, IsEmpty: false, Ours with { ClusterId = "cluster-2" }),
        Found.MarkerOfAnotherMachine => new(Exists: true, IsEmpty: false, Ours with { MachineId = "machine-2" }),
        _ => new(Exists: true, IsEmpty: false, MarkerProblem: "broken"),
    };
}
