namespace Berth.NodeAgent.Node;

/// <summary>Copies of Images in this node's pools, fetched when somebody asks for one.</summary>
internal interface IImageCopies
{
    /// <summary>Says where the copy of <paramref name="image"/> in <paramref name="pool"/> stands, and starts fetching it when it is missing. Never waits for a transfer: the end of one is a change of the <see cref="NodeReport"/>.</summary>
    /// <param name="image">Name of the Image.</param>
    /// <param name="pool">Name of the StoragePool; null for the default pool.</param>
    ImageCopy Request(string image, string? pool);
}

/// <summary>A copy of an image, or why there is none.</summary>
internal abstract record ImageCopy
{
    private ImageCopy()
    {
    }

    /// <summary>The copy is there, verified and read-only.</summary>
    public sealed record Available(string Path, string Format, string Digest, long VirtualSize) : ImageCopy;

    /// <summary>The copy is being fetched, or waits for its pool.</summary>
    public sealed record Pending(string Reason, string Message) : ImageCopy;

    /// <summary>The last try to fetch the copy failed; it is tried again with back-off.</summary>
    public sealed record Failed(string Reason, string Message) : ImageCopy;

    /// <summary>There is no such Image (as far as this agent's store knows), or no such pool on this node.</summary>
    public sealed record NotFound(string Message) : ImageCopy;
}
