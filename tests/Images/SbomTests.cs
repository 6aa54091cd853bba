using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.Images.Tests;

/// <summary>The bills of materials beside the images, by SPDX 2.3.</summary>
public sealed class SbomTests(BuiltImages images)
{
    public static TheoryData<string> All => [.. BuiltImages.Names];

    [Theory]
    [MemberData(nameof(All))]
    public void It_names_every_Debian_package_of_the_layers_with_its_version(string name)
    {
        var folder = Path.Combine(images[name].Root, "var/lib/dpkg/status.d");
        var installed = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        var expected = installed.Select(path => $"{Field(path, "Package")} {Field(path, "Version")}");

        Assert.Equal(name == "pause", installed.Length == 0);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Packages(name, "pkg:deb/debian/").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("operator", "Microsoft.NETCore.App.Runtime.linux-x64", "Microsoft.AspNetCore.App.Runtime.linux-x64", "System.CommandLine", "YamlDotNet")]
    [InlineData("agent", "Microsoft.NETCore.App.Runtime.linux-x64", "Microsoft.Extensions.Hosting", "System.CommandLine", "YamlDotNet")]
    public void It_names_the_NuGet_packages_and_the_runtime_in_the_program_with_their_licences(string name, params string[] packages)
    {
        var found = Bill(name)["packages"]!.AsArray().Where(package => Purl(package!).StartsWith("pkg:nuget/", StringComparison.Ordinal)).ToDictionary(package => (string)package!["name"]!, package => package!);

        Assert.All(packages, package => Assert.Contains(package, found));
        Assert.DoesNotContain(found.Keys, package => package.StartsWith("Berth.", StringComparison.Ordinal));
        Assert.All(found, package => Assert.Equal(
            package.Key.StartsWith("OpenTelemetry", StringComparison.Ordinal) ? "Apache-2.0" : "MIT", (string?)package.Value["licenseDeclared"]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void It_has_the_digest_of_the_program_and_of_the_image(string name)
    {
        var bill = Bill(name);
        var file = Assert.Single(bill["files"]!.AsArray())!;
        var program = (string)images[name].Settings["Entrypoint"]!.AsArray()[0]!;
        var digest = BuiltImage.DigestOf(File.ReadAllBytes(images[name].Root + program));

        Assert.Equal("." + program, (string?)file["fileName"]);
        Assert.Contains(file["checksums"]!.AsArray(), sum => (string?)sum!["algorithm"] == "SHA256" && $"sha256:{sum["checksumValue"]}" == digest);
        Assert.EndsWith(((string)images[name].Descriptor["digest"]!)["sha256:".Length..], (string)bill["documentNamespace"]!, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString((string)images[name].Descriptor["digest"]!), Purl(Image(bill)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void It_has_what_SPDX_demands_and_everything_in_it_hangs_together(string name)
    {
        var bill = Bill(name);
        string[] ids = ["SPDXRef-DOCUMENT", .. bill["packages"]!.AsArray().Concat(bill["files"]!.AsArray()).Select(element => (string)element!["SPDXID"]!)];
        var relationships = bill["relationships"]!.AsArray().Select(one => (From: (string)one!["spdxElementId"]!, Type: (string)one["relationshipType"]!, To: (string)one["relatedSpdxElement"]!)).ToList();

        Assert.Equal(("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"), ((string?)bill["spdxVersion"], (string?)bill["dataLicense"], (string?)bill["SPDXID"]));
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids, id => Assert.Matches("^SPDXRef-[A-Za-z0-9.-]+$", id));
        Assert.All(bill["packages"]!.AsArray(), package => Assert.All(
            ["name", "versionInfo", "downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"], field => Assert.False(string.IsNullOrEmpty((string?)package![field]), field)));
        Assert.All(bill["files"]!.AsArray(), file => Assert.Contains(file!["checksums"]!.AsArray(), sum => Regex.IsMatch($"{sum!["algorithm"]} {sum["checksumValue"]}", "^SHA1 [0-9a-f]{40}$")));
        Assert.Single(relationships, one => one is ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image"));
        Assert.Equal(ids.Skip(1).Order(StringComparer.Ordinal), relationships.Select(one => one.To).Order(StringComparer.Ordinal));
        Assert.All(relationships, one => Assert.Contains(one.From, ids));
    }

    private static JsonNode Bill(string name) => JsonNode.Parse(File.ReadAllText(BuiltImages.Sbom(name)))!;

    private static JsonNode Image(JsonNode bill) => bill["packages"]!.AsArray().Single(package => (string?)package!["SPDXID"] == "SPDXRef-Image")!;

    private static IEnumerable<string> Packages(string name, string purl) =>
        Bill(name)["packages"]!.AsArray().Where(package => Purl(package!).StartsWith(purl, StringComparison.Ordinal)).Select(package => $"{package!["name"]} {package["versionInfo"]}");

    private static string Purl(JsonNode package) => (string)package["externalRefs"]!.AsArray().Single()!["referenceLocator"]!;

    private static string Field(string path, string name) => File.ReadLines(path).Single(line => line.StartsWith($"{name}: ", StringComparison.Ordinal))[(name.Length + 2)..];
}
