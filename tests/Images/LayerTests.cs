using System.Formats.Tar;

namespace Berth.Images.Tests;

public sealed class LayerTests : IDisposable
{
    private const UnixFileMode Program = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_layer_depends_on_names_modes_and_contents_alone()
    {
        var first = Layer.FromFolder(Folder("first", "b", "a"));
        var second = Folder("second", "a", "b");
        File.SetLastWriteTimeUtc(Path.Combine(second, "a"), new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));

        Assert.Equal((first.Blob.Digest, first.DiffId), (Layer.FromFolder(second).Blob.Digest, Layer.FromFolder(second).DiffId));

        File.SetUnixFileMode(Path.Combine(second, "a"), Program);
        Assert.NotEqual(first.DiffId, Layer.FromFolder(second).DiffId);
    }

    [Fact]
    public void Links_stay_links_and_names_may_be_long_and_of_any_letters()
    {
        var name = $"{new string('n', 120)}/Főtanúsítvány";
        _folder.File($"root/{name}", "text");
        File.CreateSymbolicLink(_folder.Combine("root/folder"), new string('n', 120));
        File.CreateSymbolicLink(_folder.Combine("root/nowhere"), "/etc/shadow");

        var entries = Entries(Layer.FromFolder(_folder.Combine("root")));

        Assert.Equal(
            [("folder", TarEntryType.SymbolicLink, new string('n', 120)), ($"{new string('n', 120)}/", TarEntryType.Directory, ""), (name, TarEntryType.RegularFile, ""), ("nowhere", TarEntryType.SymbolicLink, "/etc/shadow")],
            entries.Select(entry => (entry.Name, entry.EntryType, entry.LinkName)));
    }

    [Theory]
    [InlineData(UnixFileMode.SetUser)]
    [InlineData(UnixFileMode.SetGroup)]
    public void A_file_that_gives_rights_is_refused_by_name(UnixFileMode bit)
    {
        _folder.File("root/bin/su", "", Program | bit);

        var error = Assert.Throws<ImageException>(() => Layer.FromFolder(_folder.Combine("root")));

        Assert.Equal("/bin/su is setuid or setgid: nothing in an image may be.", error.Message);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.Equal("--layer: there is no folder /nowhere.", Assert.Throws<ImageException>(() => Layer.FromFolder("/nowhere")).Message);

    private string Folder(string name, params string[] files)
    {
        foreach (var file in files)
        {
            _folder.File($"{name}/{file}", file);
        }

        return _folder.Combine(name);
    }

    private static List<TarEntry> Entries(Layer layer)
    {
        using var reader = new TarReader(new MemoryStream(BuiltImage.Unzipped(layer.Blob.Content.ToArray())));
        var entries = new List<TarEntry>();
        while (reader.GetNextEntry() is { } entry)
        {
            entries.Add(entry);
        }

        return entries;
    }
}
