using System.Text.Json.Nodes;

namespace Berth.Images.Tests;

/// <summary>The archives by the OCI's image specification.</summary>
public sealed class ArchiveTests(BuiltImages images)
{
    public static TheoryData<string> All => [.. BuiltImages.Names];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_digest_and_size_is_that_of_what_it_names(string name)
    {
        var image = images[name];
        JsonNode[] descriptors = [image.Descriptor, image.Manifest["config"]!, .. image.Manifest["layers"]!.AsArray()!];

        Assert.All(descriptors, descriptor =>
        {
            var content = image.Content(BuiltImage.PathOf(descriptor));
            Assert.Equal((BuiltImage.DigestOf(content), content.Length), ((string)descriptor["digest"]!, (int)descriptor["size"]!));
        });
        Assert.Equal(["index.json", "manifest.json", "oci-layout", .. descriptors.Select(BuiltImage.PathOf).Order(StringComparer.Ordinal)],
            image.Names.OrderBy(path => path.StartsWith("blobs", StringComparison.Ordinal)).ThenBy(path => path, StringComparer.Ordinal));
        Assert.Equal("1.0.0", (string?)image.Document("oci-layout")["imageLayoutVersion"]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_configuration_has_the_digests_of_the_layers_as_they_are_unpacked(string name)
    {
        var image = images[name];
        var unpacked = image.Manifest["layers"]!.AsArray().Select(layer => BuiltImage.DigestOf(BuiltImage.Unzipped(image.Content(BuiltImage.PathOf(layer!)))));

        Assert.Equal(unpacked, image.Configuration["rootfs"]!["diff_ids"]!.AsArray().Select(id => (string)id!));
        Assert.Equal(("amd64", "linux"), ((string?)image.Configuration["architecture"], (string?)image.Configuration["os"]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Containerd_and_docker_find_the_same_image_by_its_name(string name)
    {
        var image = images[name];
        var docker = JsonNode.Parse(image.Content("manifest.json"))!.AsArray()[0]!;
        var fullName = (string)image.Descriptor["annotations"]!["io.containerd.image.name"]!;

        Assert.Matches($@"^docker\.io/library/berth-{name}:\d+\.\d+\.\d+$", fullName);
        Assert.Equal([fullName], docker["RepoTags"]!.AsArray().Select(tag => (string)tag!));
        Assert.Equal(BuiltImage.PathOf(image.Manifest["config"]!), (string?)docker["Config"]);
        Assert.Equal(image.Manifest["layers"]!.AsArray().Select(layer => BuiltImage.PathOf(layer!)), docker["Layers"]!.AsArray().Select(path => (string)path!));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Labels_say_what_it_is_and_from_which_commit(string name)
    {
        var labels = images[name].Settings["Labels"]!.AsObject().ToDictionary(label => label.Key["org.opencontainers.image.".Length..], label => (string)label.Value!);

        Assert.Equal(["created", "description", "licenses", "revision", "title", "vendor", "version"], labels.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(($"berth-{name}", "Apache-2.0"), (labels["title"], labels["licenses"]));
        Assert.Matches("^[0-9a-f]{40}(-dirty)?$", labels["revision"]);
        Assert.Matches(@"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$", labels["created"]);
        Assert.EndsWith($":{labels["version"]}", (string)images[name].Descriptor["annotations"]!["io.containerd.image.name"]!, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Made_again_from_the_same_sources_they_are_the_same_bytes()
    {
        var before = BuiltImages.Names.Select(name => BuiltImage.DigestOf(File.ReadAllBytes(BuiltImages.Archive(name)))).ToList();
        var bills = BuiltImages.Names.Select(name => File.ReadAllText(BuiltImages.Sbom(name))).ToList();

        Directory.Delete(Checkout.PathOf("artifacts/images/roots"), recursive: true);
        var again = await ProcessRun.OfAsync(Checkout.PathOf("images/build.sh"), [], TestContext.Current.CancellationToken);

        Assert.Equal((0, images.Output), (again.ExitCode, again.Output));
        Assert.Equal(before, BuiltImages.Names.Select(name => BuiltImage.DigestOf(File.ReadAllBytes(BuiltImages.Archive(name)))));
        Assert.Equal(bills, BuiltImages.Names.Select(name => File.ReadAllText(BuiltImages.Sbom(name))));
    }

    [Fact]
    public async Task An_image_that_there_is_none_of_is_refused_by_name()
    {
        var run = await ProcessRun.OfAsync(Checkout.PathOf("images/build.sh"), ["scheduler"], TestContext.Current.CancellationToken);

        Assert.Equal((1, "error: build.sh: there is no image \"scheduler\"\n"), (run.ExitCode, run.Error));
    }
}
