namespace Berth.Images.Sbom;

/// <summary>Something with a name and a version that is in an image.</summary>
internal sealed record SbomPackage
{
    /// <summary>Identifier in the document, made of letters, digits, dots and hyphens.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Package URL, by which scanners look for known faults.</summary>
    public required string Purl { get; init; }

    /// <summary>Licence expression of SPDX; null where none is known.</summary>
    public string? License { get; init; }

    /// <summary>What is known of the licence beyond an expression.</summary>
    public string? LicenseComment { get; init; }

    /// <summary>Whom it comes from, as SPDX writes it (<c>Organization: …</c>); null where unknown.</summary>
    public string? Supplier { get; init; }

    /// <summary>SHA-512 of the package as it was fetched, in hexadecimal; null where unknown.</summary>
    public string? Sha512 { get; init; }

    public string? Homepage { get; init; }

    /// <summary>An identifier with what SPDX does not allow replaced.</summary>
    public static string IdOf(string kind, string name) =>
        $"SPDXRef-{kind}-{string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '.' ? letter : '-'))}";
}
