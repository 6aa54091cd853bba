using System.Buffers;

namespace Berth.Api;

/// <summary>What stands against an Image, and what is advised.</summary>
public static class ImageValidation
{
    private const string UrlField = "spec.source.url";
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>All findings, at most 50; none when the image can be fetched. Never throws.</summary>
    public static IReadOnlyList<FieldFinding> Check(Image? image)
    {
        var findings = new FieldFindings();
        findings.Unknown(image?.UnknownFields);
        findings.ObjectName("metadata.name", image?.Metadata?.Name, "an Image", required: true);
        if (image?.Spec is not { } spec)
        {
            findings.Invalid("spec", "is missing.");
            return findings.All;
        }

        findings.OneOf("spec.type", spec.Type ?? "", ImageTypes.Disk, ImageTypes.Iso, ImageTypes.Kernel, ImageTypes.Initrd);
        CheckUrl(spec.Source?.Url, findings);
        if (spec.Source?.Checksum is { } checksum && !IsChecksum(checksum))
        {
            findings.Invalid("spec.source.checksum", $"{FieldText.Quoted(checksum)} is not sha256: and 64, or sha512: and 128 lower-case hexadecimal digits.");
        }

        CheckPools(spec.Pools, findings);
        return findings.All;
    }

    /// <summary>What would make the image safer, in sentences that name the field; it is fetched all the same.</summary>
    public static IReadOnlyList<string> Advice(Image? image) => image?.Spec?.Source switch
    {
        { Checksum: null or "" } => ["spec.source.checksum: is not given; nothing tells a changed image from the right one."],
        _ => [],
    };

    private static void CheckUrl(string? url, FieldFindings findings)
    {
        if (string.IsNullOrEmpty(url))
        {
            findings.Invalid(UrlField, "is missing; give an https, http or file URL.");
        }
        else if (!url.StartsWith("https://", StringComparison.Ordinal) && !url.StartsWith("http://", StringComparison.Ordinal)
            && !url.StartsWith("file://", StringComparison.Ordinal))
        {
            findings.Invalid(UrlField, "does not begin with https://, http:// or file://.");
        }
        else if (url.Length > 2048 || !FieldText.IsPrintable(url) || url.Any(char.IsWhiteSpace) || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            findings.Invalid(UrlField, "is not a URL of at most 2048 characters.");
        }
        else if (url.StartsWith("file:", StringComparison.Ordinal))
        {
            CheckFileUrl(url, uri, findings);
        }
        else
        {
            CheckWebUrl(uri, findings);
        }
    }

    // The URL itself is not repeated where it may hold a password: messages reach events and logs.
    private static void CheckWebUrl(Uri uri, FieldFindings findings)
    {
        if (uri.UserInfo.Length > 0)
        {
            findings.Invalid(UrlField, "must not hold a user name or password: everybody who may read the Image could read them.");
        }

        if (uri.Host.Length == 0)
        {
            findings.Invalid(UrlField, "names no host.");
        }
    }

    // Uri has already resolved "..": what was written is looked at, and once unescaped.
    private static void CheckFileUrl(string url, Uri uri, FieldFindings findings)
    {
        var written = Uri.UnescapeDataString(url["file:".Length..]);
        if (uri.Host.Length > 0 || !written.StartsWith("///", StringComparison.Ordinal)
            || written[3..].Split('/').Any(segment => segment is "" or "." or "..")
            || written.AsSpan().ContainsAny("?#\0\\"))
        {
            findings.Invalid(UrlField, uri.UserInfo.Length > 0 ? "must not hold a user name or password." : $"{FieldText.Quoted(url)} is not file:/// and a plain absolute path, without \"//\", \".\" and \"..\".");
        }
    }

    private static bool IsChecksum(string checksum)
    {
        var expected = checksum.StartsWith("sha256:", StringComparison.Ordinal) ? 64 : checksum.StartsWith("sha512:", StringComparison.Ordinal) ? 128 : -1;
        var digits = checksum.AsSpan(Math.Min(7, checksum.Length));
        return digits.Length == expected && !digits.ContainsAnyExcept(HexDigits);
    }

    private static void CheckPools(IList<string>? pools, FieldFindings findings)
    {
        findings.AtMost("spec.pools", pools, 64);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (pool, path) in FieldPath.Items("spec.pools", pools))
        {
            findings.ObjectName(path, pool, "a StoragePool", required: true);
            if (!string.IsNullOrEmpty(pool) && !seen.Add(pool))
            {
                findings.Invalid(path, $"{FieldText.Quoted(pool)} is listed more than once.");
            }
        }
    }
}
