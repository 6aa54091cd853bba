using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Berth.Generator.Tests;

public sealed partial class ArchitectureTests
{
    // What design allows: the project's folder, and the folders that it may refer to.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["operator/Kubernetes"] = [],
        ["operator/Api"] = ["operator/Kubernetes"],
        ["operator/Runtime"] = ["operator/Kubernetes"],
        ["operator/Generator"] = ["operator/Api"],
        ["operator/Operator"] = ["operator/Api", "operator/Runtime"],
        ["node-agent/Libvirt"] = [],
        ["node-agent/Agent"] = ["operator/Api", "operator/Runtime", "node-agent/Libvirt"],
    };

    public static TheoryData<string> Projects => [.. ShippedProjects()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_the_architecture_allows(string folder)
    {
        var project = XDocument.Load(Assert.Single(Directory.GetFiles(Checkout.PathOf(folder), "*.csproj")));
        var references = project.Descendants("ProjectReference").Select(reference => FolderOf(folder, (string)reference.Attribute("Include")!));

        Assert.True(Allowed.TryGetValue(folder, out var allowed), $"{folder} is new: say in ARCHITECTURE.md and here what it may refer to.");
        Assert.Empty(references.Except(allowed!));
    }

    [Fact]
    public void Every_project_of_the_architecture_exists() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), ShippedProjects().Order(StringComparer.Ordinal));

    [Fact]
    public void Only_the_libvirt_boundary_has_unsafe_code()
    {
        var unsafeProjects = ShippedProjects().Where(folder => Checkout.Text($"{folder}/{ProjectIn(folder)}").Contains("AllowUnsafeBlocks>true", StringComparison.Ordinal));

        Assert.Equal(["node-agent/Libvirt"], unsafeProjects);
    }

    /// <summary>QEMU's image locks are the last thing between two writers of one disk. libvirt and QEMU keep them unless told otherwise.</summary>
    [Theory]
    [InlineData("shareable")]
    [InlineData("force-share")]
    [InlineData("force_share")]
    [InlineData("file.locking")]
    [InlineData("qemu-img")]
    [InlineData("qemu-io")]
    [InlineData("ProcessStartInfo")]
    public void Nothing_that_ships_opens_a_disk_past_its_lock_or_starts_a_program_that_might(string word)
    {
        var sources = ShippedProjects()
            .SelectMany(folder => Directory.GetFiles(Checkout.PathOf(folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.EndsWith("/ExecCredentialSource.cs", StringComparison.Ordinal))
            .ToList();
        Assert.True(sources.Count > 100, "the sources are not found");
        Assert.DoesNotContain(sources, path => File.ReadLines(path).Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && line.Contains(word, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_path_that_the_map_names_exists()
    {
        var named = Paths().Matches(Checkout.Text("ARCHITECTURE.md")).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.True(named.Count >= Allowed.Count, "ARCHITECTURE.md names fewer paths than there are projects.");
        Assert.DoesNotContain(named, path => !Path.Exists(Checkout.PathOf(path)));
    }

    [Fact]
    public void The_map_names_every_project() =>
        Assert.All(Allowed.Keys, folder => Assert.Contains($"`{folder}`", Checkout.Text("ARCHITECTURE.md"), StringComparison.Ordinal));

    private static IEnumerable<string> ShippedProjects() =>
        new[] { "operator", "node-agent" }.SelectMany(top =>
            Directory.GetFiles(Checkout.PathOf(top), "*.csproj", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Checkout.Root, Path.GetDirectoryName(path)!)));

    private static string ProjectIn(string folder) => Path.GetFileName(Assert.Single(Directory.GetFiles(Checkout.PathOf(folder), "*.csproj")));

    private static string FolderOf(string from, string reference)
    {
        var path = Path.GetFullPath(Path.Combine(Checkout.Root, from, reference.Replace('\\', '/')));
        return Path.GetRelativePath(Checkout.Root, Path.GetDirectoryName(path)!);
    }

    // Code spans that begin with a top-level folder, or name a file at the top.
    [GeneratedRegex(@"`((?:operator|node-agent|images|tests|config|docs|charts)(?:/[A-Za-z0-9_.-]+)*/?|[A-Za-z.]+\.(?:md|sln|props|txt|json))`")]
    private static partial Regex Paths();
}
