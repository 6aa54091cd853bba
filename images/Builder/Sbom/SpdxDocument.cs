using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Berth.Images.Sbom;

/// <summary>An image's bill of materials by SPDX 2.3: what the image contains, and what its program was made from.</summary>
internal static class SpdxDocument
{
    private const string DocumentId = "SPDXRef-DOCUMENT";
    private const string ImageId = "SPDXRef-Image";
    private const string ProgramId = "SPDXRef-Program";
    private const string Unknown = "NOASSERTION";

    /// <summary>Writes the document to <paramref name="path"/>, one line for each field.</summary>
    public static void Write(ImageRequest request, string digest, string path) => AtomicFile.Write(path, file =>
    {
        using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Of(request, digest).WriteTo(writer);
    });

    /// <param name="request">What the image was made from.</param>
    /// <param name="digest">Digest of its manifest, which also names the document.</param>
    public static JsonObject Of(ImageRequest request, string digest)
    {
        var debian = request.Layers.SelectMany(DebianPackages.In).ToList();
        IReadOnlyList<SbomPackage> dotnet = request.Dependencies is { } path ? DotnetPackages.Of(path, request.NuGetPackages) : [];
        var name = request.Names[0].Split('/')[^1].Split(':')[0];
        return new JsonObject
        {
            ["spdxVersion"] = "SPDX-2.3",
            ["dataLicense"] = "CC0-1.0",
            ["SPDXID"] = DocumentId,
            ["name"] = $"{name}-{request.Version}",
            ["documentNamespace"] = $"https://berth.dev/spdx/{name}-{request.Version}-{digest.Split(':')[1]}",
            ["creationInfo"] = new JsonObject
            {
                ["created"] = request.Created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                ["creators"] = new JsonArray("Organization: The Berth authors", "Tool: berth-image-builder"),
            },
            ["packages"] = new JsonArray([ImagePackage(name, request.Version, digest), .. debian.Concat(dotnet).Select(Package)]),
            ["files"] = new JsonArray(ProgramFile(request)),
            ["relationships"] = new JsonArray(
            [
                Relationship(DocumentId, "DESCRIBES", ImageId),
                Relationship(ImageId, "CONTAINS", ProgramId),
                .. debian.Select(package => Relationship(ImageId, "CONTAINS", package.Id)),
                .. dotnet.Select(package => Relationship(ProgramId, "CONTAINS", package.Id)),
            ]),
        };
    }

    private static JsonObject ImagePackage(string name, string version, string digest)
    {
        var package = Package(new SbomPackage { Id = ImageId, Name = name, Version = version, Purl = $"pkg:oci/{name}@{Uri.EscapeDataString(digest)}?arch=amd64&tag={version}" });
        package["primaryPackagePurpose"] = "CONTAINER";
        return package;
    }

    private static JsonObject Package(SbomPackage package)
    {
        var json = new JsonObject
        {
            ["SPDXID"] = package.Id,
            ["name"] = package.Name,
            ["versionInfo"] = package.Version,
            ["downloadLocation"] = Unknown,
            ["filesAnalyzed"] = false,
            ["licenseConcluded"] = Unknown,
            ["licenseDeclared"] = package.License ?? Unknown,
            ["copyrightText"] = Unknown,
            ["supplier"] = package.Supplier ?? Unknown,
            ["externalRefs"] = new JsonArray(new JsonObject
            {
                ["referenceCategory"] = "PACKAGE-MANAGER",
                ["referenceType"] = "purl",
                ["referenceLocator"] = package.Purl,
            }),
        };
        AddKnown(json, "licenseComments", package.LicenseComment);
        AddKnown(json, "homepage", package.Homepage);
        if (package.Sha512 is { } digest)
        {
            json["checksums"] = new JsonArray(Checksum("SHA512", digest));
        }

        return json;
    }

    private static JsonObject ProgramFile(ImageRequest request)
    {
        var content = File.ReadAllBytes(ImageProgram.Find(request).FullName);
#pragma warning disable CA5350 // SPDX 2 demands SHA-1 of each file; what counts is the other.
        var sha1 = Convert.ToHexStringLower(SHA1.HashData(content));
#pragma warning restore CA5350
        return new JsonObject
        {
            ["SPDXID"] = ProgramId,
            ["fileName"] = $".{request.Program}",
            ["fileTypes"] = new JsonArray("BINARY", "APPLICATION"),
            ["checksums"] = new JsonArray(Checksum("SHA1", sha1), Checksum("SHA256", Convert.ToHexStringLower(SHA256.HashData(content)))),
            ["licenseConcluded"] = Unknown,
            ["licenseInfoInFiles"] = new JsonArray("Apache-2.0"),
            ["copyrightText"] = "The Berth authors",
        };
    }

    private static JsonObject Relationship(string from, string type, string to) =>
        new() { ["spdxElementId"] = from, ["relationshipType"] = type, ["relatedSpdxElement"] = to };

    private static JsonObject Checksum(string algorithm, string value) => new() { ["algorithm"] = algorithm, ["checksumValue"] = value };

    private static void AddKnown(JsonObject json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json[name] = value;
        }
    }
}
