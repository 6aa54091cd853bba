using Berth.Api;

namespace Berth.NodeAgent.Images;

/// <summary>Where an image's URL points, after the rules of which URLs an agent fetches from.</summary>
internal abstract record ImageOrigin
{
    private ImageOrigin()
    {
    }

    /// <summary>A web server.</summary>
    public sealed record Web(Uri Address) : ImageOrigin;

    /// <summary>A file of the host, not yet checked to lie below the image directory.</summary>
    public sealed record HostFile(string Path) : ImageOrigin;

    /// <summary>Reads <c>spec.source.url</c>.</summary>
    /// <remarks>Images are cluster-scoped, so their URLs are an administrator's word: addresses are not filtered here as they must be for URLs in namespaced objects.</remarks>
    /// <exception cref="ImageFetchException">The URL is not one to fetch from.</exception>
    public static ImageOrigin Parse(string url)
    {
        // On Unix a bare path makes an absolute Uri too.
        if (url.StartsWith('/') || !Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            throw Refused("The URL is not an absolute one.");
        }

        return address.Scheme switch
        {
            "http" or "https" => new Web(CheckWeb(address)),
            "file" => ParseFile(url, address),
            var scheme => throw Refused($"URLs with \"{scheme}:\" are not fetched; use https, http or file."),
        };
    }

    /// <summary>Where a redirect leads.</summary>
    /// <exception cref="ImageFetchException">It leads where no image is fetched from.</exception>
    public static Uri Redirect(Uri from, string? location)
    {
        // As text and not as a Uri: on Unix "/path" alone would be taken for a file.
        if (!Uri.TryCreate(from, location, out var target))
        {
            throw new ImageFetchException(ImageReasons.DownloadFailed, $"{from.Host} answered with a redirect that leads nowhere.");
        }

        if (target.Scheme is not ("http" or "https"))
        {
            throw Refused($"{from.Host} redirects to a \"{target.Scheme}:\" URL, which is not followed.");
        }

        // Whoever wrote https relies on it; a redirect in clear text would let anybody on the way choose the content.
        return from.Scheme == "https" && target.Scheme == "http"
            ? throw Refused($"{from.Host} redirects from https to http, which is not followed.")
            : CheckWeb(target);
    }

    /// <summary>An address as it may be shown: without user, password and query, which may be secrets.</summary>
    public static string Show(Uri address) => $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";

    private static Uri CheckWeb(Uri address) => address.UserInfo.Length > 0
        ? throw Refused("The URL holds a user name or password, which is not supported.")
        : address;

    private static HostFile ParseFile(string url, Uri address)
    {
        if (address.Host is not ("" or "localhost"))
        {
            throw Refused($"The file URL names the host \"{address.Host}\"; write file:/// and a path on the node.");
        }

        // ".." is refused rather than resolved: Uri has already folded the plain ones away, so look at what was written.
        var path = Uri.UnescapeDataString(address.AbsolutePath);
        var written = Uri.UnescapeDataString(url).Split('?', '#')[0];
        return written.Split('/').Contains("..") || path.Contains('\0')
            ? throw Refused("The file URL holds \"..\".")
            : new HostFile(path);
    }

    private static ImageFetchException Refused(string message) => new(ImageReasons.SourceNotAllowed, message);
}
