using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;

namespace Berth.Images.Sbom;

/// <summary>The NuGet packages that a .NET program was made from, its runtime among them, read from its <c>.deps.json</c>.</summary>
internal static class DotnetPackages
{
    private const string RuntimePack = "runtimepack.";

    /// <param name="dependencies">Path of the <c>.deps.json</c>.</param>
    /// <param name="nugetPackages">NuGet's folder of packages; null where licences are not to be looked for.</param>
    public static IReadOnlyList<SbomPackage> Of(string dependencies, string? nugetPackages)
    {
        try
        {
            var libraries = JsonNode.Parse(File.ReadAllBytes(dependencies))?["libraries"]?.AsObject()
                ?? throw new ImageException($"--dependencies: {dependencies} lists no libraries.");
            return [.. libraries
                .Where(library => (string?)library.Value?["type"] is "package" or "runtimepack")
                .Select(library => Read(library.Key, (string?)library.Value?["sha512"], nugetPackages))
                .OrderBy(package => package.Id, StringComparer.Ordinal)];
        }
        catch (JsonException error)
        {
            throw new ImageException($"--dependencies: {dependencies} is no JSON document: {error.Message}");
        }
    }

    private static SbomPackage Read(string key, string? digest, string? nugetPackages)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var (name, version) = (key[..slash], key[(slash + 1)..]);
        name = name.StartsWith(RuntimePack, StringComparison.Ordinal) ? name[RuntimePack.Length..] : name;
        var specification = nugetPackages is null ? null : Specification(nugetPackages, name, version);
        return new SbomPackage
        {
            Id = SbomPackage.IdOf("nuget", name),
            Name = name,
            Version = version,
            Purl = $"pkg:nuget/{name}@{version}",
            License = specification?.Elements().FirstOrDefault(IsLicenseExpression)?.Value,
            Supplier = Text(specification, "authors") is { } authors ? $"Organization: {authors}" : null,
            Homepage = Text(specification, "projectUrl"),
            Sha512 = digest?.StartsWith("sha512-", StringComparison.Ordinal) == true ? Convert.ToHexStringLower(Convert.FromBase64String(digest["sha512-".Length..])) : null,
        };
    }

    private static XElement? Specification(string packages, string name, string version)
    {
        var id = name.ToLowerInvariant();
        var path = Path.Combine(packages, id, version, $"{id}.nuspec");
        try
        {
            return File.Exists(path) ? XDocument.Load(path).Root?.Elements().FirstOrDefault(element => element.Name.LocalName == "metadata") : null;
        }
        catch (XmlException error)
        {
            throw new ImageException($"{path} is no XML document: {error.Message}");
        }
    }

    private static bool IsLicenseExpression(XElement element) => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression";

    private static string? Text(XElement? specification, string name) => specification?.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
}
