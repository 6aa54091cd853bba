namespace Berth.NodeAgent.Images;

/// <summary>The bytes of an image on their way.</summary>
/// <param name="Stream">The bytes; owned by this content.</param>
/// <param name="Length">How many there should be; null when the origin does not say.</param>
/// <param name="Owner">Disposed after the stream.</param>
internal sealed record ImageContent(Stream Stream, long? Length, IDisposable? Owner) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        Owner?.Dispose();
    }
}
