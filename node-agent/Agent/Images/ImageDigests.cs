using Berth.Api;

namespace Berth.NodeAgent.Images;

/// <summary>The digests of what came.</summary>
internal sealed class ImageDigests(byte[] sha256, byte[] sha512)
{
    /// <summary>The digest that copies are named by, whatever algorithm the Image's checksum uses.</summary>
    public string Sha256 { get; } = "sha256:" + Convert.ToHexStringLower(sha256);

    private string Sha512 { get; } = "sha512:" + Convert.ToHexStringLower(sha512);

    /// <exception cref="ImageFetchException">The content is not the expected one.</exception>
    public void Check(string? expected)
    {
        if (expected is null)
        {
            return;
        }

        var actual = expected.StartsWith("sha512:", StringComparison.Ordinal) ? Sha512 : Sha256;
        if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageFetchException(ImageReasons.ChecksumMismatch, $"The content has the digest {actual}, not {expected}; nothing of it is kept.");
        }
    }
}
