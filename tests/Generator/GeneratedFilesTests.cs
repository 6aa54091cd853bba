namespace Berth.Generator.Tests;

public sealed class GeneratedFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("berth-generator-").FullName;

    [Fact]
    public void What_is_checked_in_is_what_the_types_say() =>
        Assert.Empty(new Repository(Checkout.Root).Stale(Generation.Files(Checkout.Root)));

    [Fact]
    public void The_same_types_give_the_same_files() =>
        Assert.Equal(Generation.Files(Checkout.Root), Generation.Files(Checkout.Root));

    [Fact]
    public void A_missing_and_a_changed_file_are_stale_until_they_are_written()
    {
        var repository = new Repository(_folder);
        GeneratedFile[] files = [new("config/crd/berth.dev_a.yaml", "a: 1\n"), new("docs/spec/a.md", "# A\n")];
        Assert.Equal(files.Select(file => file.Path), repository.Stale(files));

        repository.Write(files);
        Assert.Empty(repository.Stale(files));

        File.AppendAllText(Path.Combine(_folder, files[0].Path), "b: 2\n");
        Assert.Equal([files[0].Path], repository.Stale(files));
        Assert.Equal([files[0].Path], repository.Write(files));
        Assert.Equal("a: 1\n", File.ReadAllText(Path.Combine(_folder, files[0].Path)));
    }

    [Fact]
    public void The_definition_of_a_kind_that_is_no_more_is_stale_and_deleted_and_others_files_stay()
    {
        var repository = new Repository(_folder);
        var crds = Directory.CreateDirectory(Path.Combine(_folder, "config/crd")).FullName;
        File.WriteAllText(Path.Combine(crds, "berth.dev_olds.yaml"), "");
        File.WriteAllText(Path.Combine(crds, "kustomization.yaml"), "");

        Assert.Equal(["config/crd/berth.dev_olds.yaml"], repository.Stale([]));
        repository.Write([]);

        Assert.Equal(["kustomization.yaml"], Directory.GetFiles(crds).Select(Path.GetFileName));
    }

    [Fact]
    public void The_chart_has_the_same_definitions()
    {
        var files = Generation.Files(Checkout.Root).ToDictionary(file => file.Path, file => file.Text);
        var definitions = files.Keys.Where(path => path.StartsWith(Generation.CrdFolder + "/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(definitions);
        Assert.All(definitions, path => Assert.Equal(files[path], files[Generation.ChartFolder + path[Generation.CrdFolder.Length..]]));
    }

    [Theory]
    [InlineData("no markers")]
    [InlineData("<!-- generated -->")]
    [InlineData("<!-- /generated --> <!-- generated -->")]
    [InlineData("<!-- generated --><!-- /generated --><!-- generated --><!-- /generated -->")]
    public void A_page_without_one_pair_of_markers_is_refused_by_name(string page)
    {
        var refused = Assert.Throws<GenerationException>(() => MarkedSection.Replace("docs/spec/a.md", page, "x"));

        Assert.Contains("docs/spec/a.md", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_is_between_the_markers_of_a_page_is_replaced()
    {
        var page = MarkedSection.Replace("a.md", "before\n<!-- generated -->\nold\n<!-- /generated -->\nafter\n", "new\n");

        Assert.Equal("before\n<!-- generated -->\n\nnew\n\n<!-- /generated -->\nafter\n", page);
        Assert.Equal(page, MarkedSection.Replace("a.md", page, "new\n"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
