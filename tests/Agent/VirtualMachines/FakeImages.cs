using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>Copies of images that stand where they are put; others are not found.</summary>
internal sealed class FakeImages : IImageCopies
{
    public Dictionary<string, ImageCopy> Copies { get; } = new(StringComparer.Ordinal);

    public ImageCopy Request(string image, string? pool) =>
        Copies.GetValueOrDefault(image) ?? new ImageCopy.NotFound($"The Image \"{image}\" is not found.");
}
