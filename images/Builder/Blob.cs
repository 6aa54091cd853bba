using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Berth.Images;

/// <summary>Bytes that are known by their digest.</summary>
internal sealed record Blob(string MediaType, ReadOnlyMemory<byte> Content)
{
    /// <summary><c>sha256:</c> and the digest in hexadecimal.</summary>
    public string Digest { get; } = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Content.Span))}";

    /// <summary>Its path in an OCI layout.</summary>
    public string Path => $"blobs/{Digest.Replace(':', '/')}";

    public JsonObject Descriptor() => new() { ["mediaType"] = MediaType, ["digest"] = Digest, ["size"] = Content.Length };
}
