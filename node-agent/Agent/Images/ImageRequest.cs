using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Images;

/// <summary>What an Image asks for, apart from where to put it.</summary>
internal sealed record ImageRequest(string Name, string Uid, string Type, string Url, string? Checksum)
{
    public static ImageRequest Of(Image image) =>
        new(image.Name(), image.Uid(), image.Spec.Type, image.Spec.Source.Url, image.Spec.Source.Checksum);
}

/// <summary>A verified copy in a pool.</summary>
/// <param name="Path">The read-only file.</param>
/// <param name="Digest"><c>sha256:</c> and the hexadecimal digest of its content.</param>
/// <param name="Format">qcow2 or raw.</param>
/// <param name="Size">Size of the file in bytes.</param>
/// <param name="VirtualSize">Size of the disk in it in bytes.</param>
internal sealed record ImageFile(string Path, string Digest, string Format, long Size, long VirtualSize);
