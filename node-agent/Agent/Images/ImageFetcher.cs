using System.Buffers;
using System.Security.Cryptography;
using Berth.Api;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Images;

/// <summary>Brings one image into one folder: finds the copy that is there, or transfers, verifies and names a new one. On failure nothing of it stays.</summary>
/// <remarks>Safe to run several times at once on one folder, also by several agents.</remarks>
internal sealed class ImageFetcher(WebImages web, AgentOptions options, TimeProvider time)
{
    private const int BufferSize = 256 * 1024;

    // Between two looks at the pool's free space.
    private const long SpaceCheckInterval = 64L << 20;

    /// <summary>Returns the copy; <paramref name="gate"/> is held while names in the folder are looked up or made, not during the transfer.</summary>
    /// <exception cref="ImageFetchException">The image cannot be had.</exception>
    public async Task<ImageFile> FetchAsync(ImageRequest request, string folder, SemaphoreSlim gate, CancellationToken cancellationToken)
    {
        var images = new ImageFolder(folder);
        try
        {
            if (await GuardedAsync(gate, () => images.Find(request), cancellationToken) is { } existing)
            {
                return existing;
            }

            return options.RequireChecksums && request.Checksum is null
                ? throw new ImageFetchException(ConditionReasons.InvalidSpec, "spec.source.checksum: is required on this node (--require-checksums).")
                : await TransferAsync(request, images, gate, cancellationToken);
        }
        catch (IOException exception)
        {
            throw Posix.IsForWantOfSpace(exception)
                ? new ImageFetchException(ImageReasons.InsufficientSpace, "The storage pool has no space left.", exception)
                : new ImageFetchException(ImageReasons.DownloadFailed, $"The copy cannot be written: {exception.Message}.", exception);
        }
    }

    private async Task<ImageFile> TransferAsync(ImageRequest request, ImageFolder images, SemaphoreSlim gate, CancellationToken cancellationToken)
    {
        using var silence = new SilenceTimer(WebImages.Silence, time, cancellationToken);
        await using var content = await OpenAsync(request, silence, cancellationToken);
        if (content.Length > options.MaxImageSize)
        {
            throw TooLarge();
        }

        RequireSpace(images.Path, content.Length ?? 0);

        await using var part = images.CreatePart();
        try
        {
            var digests = await CopyAsync(content, images.Path, part, silence, cancellationToken);
            digests.Check(request.Checksum);
            var findings = ImageInspection.Inspect(part.SafeFileHandle, request.Type);
            return await GuardedAsync(gate, () => images.Commit(part, request, digests.Sha256, findings), cancellationToken);
        }
        finally
        {
            images.Discard(part);
        }
    }

    private async Task<ImageContent> OpenAsync(ImageRequest request, SilenceTimer silence, CancellationToken cancellationToken) =>
        ImageOrigin.Parse(request.Url) switch
        {
            ImageOrigin.Web origin => await web.OpenAsync(origin.Address, silence, cancellationToken),
            ImageOrigin.HostFile origin => new HostImages(options.ImageDirectory).Open(origin.Path),
            var origin => throw new InvalidOperationException($"No way to open {origin}."),
        };

    private async Task<ImageDigests> CopyAsync(ImageContent content, string folder, FileStream part, SilenceTimer silence, CancellationToken cancellationToken)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        var pace = new TransferPace(options.MinImageRate);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var (total, sinceLook) = (0L, 0L);
            while (await ReadAsync(content, buffer, silence, pace, cancellationToken) is var read and > 0)
            {
                total += read;
                sinceLook += read;
                if (total > options.MaxImageSize)
                {
                    throw TooLarge();
                }

                if (sinceLook >= SpaceCheckInterval)
                {
                    RequireSpace(folder, sinceLook);
                    sinceLook = 0;
                }

                sha256.AppendData(buffer, 0, read);
                sha512.AppendData(buffer, 0, read);
                await part.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            return content.Length is { } length && length != total
                ? throw new ImageFetchException(ImageReasons.DownloadIncomplete, $"{length} bytes were announced, {total} came.")
                : new ImageDigests(sha256.GetHashAndReset(), sha512.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<int> ReadAsync(ImageContent content, byte[] buffer, SilenceTimer silence, TransferPace pace, CancellationToken cancellationToken)
    {
        // Before it, since the time that writing took is not the server's; after it, since the server has just spoken.
        silence.Restart();
        var asked = time.GetTimestamp();
        try
        {
            var read = await content.Stream.ReadAsync(buffer, silence.Token);
            silence.Restart();
            pace.Came(read, time.GetElapsedTime(asked));
            return read;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ImageFetchException(ImageReasons.DownloadIncomplete, $"Nothing came for {WebImages.Silence.TotalSeconds:0} s in the middle of the transfer.", exception);
        }
        catch (IOException exception)
        {
            // A cut connection, plain or chunked: the protocol says that more was to come.
            throw new ImageFetchException(ImageReasons.DownloadIncomplete, $"The transfer ended too early: {exception.Message}", exception);
        }
    }

    private static async Task<T> GuardedAsync<T>(SemaphoreSlim gate, Func<T> action, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return action();
        }
        finally
        {
            gate.Release();
        }
    }

    // Before the pool is full: guests whose disks cannot grow stop.
    private static void RequireSpace(string folder, long bytes)
    {
        if (PoolSpace.Usable(folder) is var usable && bytes > usable)
        {
            throw new ImageFetchException(ImageReasons.InsufficientSpace, $"The copy needs {bytes} bytes more, and the storage pool can give {usable} now.");
        }
    }

    private ImageFetchException TooLarge() =>
        new(ImageReasons.TooLarge, $"The content is larger than this agent's limit of {options.MaxImageSize} bytes (--max-image-size).");
}
