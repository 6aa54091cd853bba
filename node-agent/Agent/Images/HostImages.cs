using Berth.Api;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Images;

/// <summary>Opens images that are files of the host, below the one folder that the agent was told of.</summary>
internal sealed class HostImages(string? directory)
{
    /// <summary>Opens <paramref name="path"/> once; what is checked is the open file, so that nothing can be put in its place afterwards.</summary>
    /// <exception cref="ImageFetchException">It lies elsewhere, does not exist, or is no regular file.</exception>
    public ImageContent Open(string path)
    {
        if (directory is null)
        {
            throw Refused("file URLs are not allowed on this node: the agent runs without --image-directory.");
        }

        var root = Posix.Canonical(directory)
            ?? throw new ImageFetchException(ImageReasons.DownloadFailed, $"The agent's image directory {directory} does not exist on this node.");
        if (!IsBelow(Path.GetFullPath(path), Path.GetFullPath(directory)) && !IsBelow(Path.GetFullPath(path), root))
        {
            // Said before anything is looked up: whether files elsewhere exist is nobody's business.
            throw Outside(path);
        }

        try
        {
            var canonical = Posix.Canonical(path) ?? throw new FileNotFoundException(null, path);
            return IsBelow(canonical, root) ? OpenBelow(canonical, root, path) : throw Outside(path);
        }
        catch (FileNotFoundException exception)
        {
            throw new ImageFetchException(ImageReasons.DownloadFailed, $"{path} does not exist on this node.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageFetchException(ImageReasons.DownloadFailed, exception.Message, exception);
        }
    }

    private static ImageContent OpenBelow(string canonical, string root, string path)
    {
        var handle = Posix.OpenRead(canonical);
        try
        {
            var facts = Posix.Describe(handle);
            if (facts.Kind != FileKind.Regular)
            {
                throw Refused($"{path} is not a regular file.");
            }

            // A second name can have been made of a file from anywhere on the file system, by somebody who may not read it.
            // Mirrors link their files too, and those are for everybody.
            if (facts is { Names: > 1, IsReadableByAll: false })
            {
                throw Refused($"{path} has other names (hard links) and is not readable by everybody: it may be a file from elsewhere.");
            }

            // A folder on the way may have become a link since it was resolved.
            if (Posix.PathOf(handle) is not { } opened || !IsBelow(opened, root))
            {
                throw Outside(path);
            }

            return new ImageContent(new FileStream(handle, FileAccess.Read, bufferSize: 0), facts.Size, Owner: null);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static bool IsBelow(string path, string folder) =>
        path.StartsWith(folder == "/" ? folder : folder + "/", StringComparison.Ordinal);

    private static ImageFetchException Outside(string path) => Refused($"{path} is not below the agent's image directory.");

    private static ImageFetchException Refused(string message) => new(ImageReasons.SourceNotAllowed, message);
}
