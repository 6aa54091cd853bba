using System.Net;
using Berth.Api;

namespace Berth.NodeAgent.Images;

/// <summary>Opens images on web servers: follows redirects by our own rules, trusts the system's certificate authorities, gives up on silence.</summary>
/// <remarks>
/// An Image is cluster-scoped, so the host that its URL names is an administrator's word and may be on a private network. What a
/// server says is nobody's word: from the internet no redirect leads into a private network. The node's own addresses are
/// reached by neither.
/// </remarks>
internal sealed class WebImages(ImageAddresses addresses, IWebConnections connections)
{
    /// <summary>How long a server may be silent: before its answer, and between two parts of the content.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private const int MaxRedirects = 5;

    /// <summary>Over the node's own network.</summary>
    public WebImages(AgentOptions options)
        : this(new ImageAddresses(options.AllowedImageAddresses), new WebConnections())
    {
    }

    /// <summary>Asks for <paramref name="address"/> and returns when the headers of the final answer are there.</summary>
    /// <exception cref="ImageFetchException">The server cannot be reached, refuses, or redirects where we do not go.</exception>
    public async Task<ImageContent> OpenAsync(Uri address, SilenceTimer silence, CancellationToken cancellationToken)
    {
        var cameFromPublic = false;
        for (var redirects = 0; ; redirects++)
        {
            var hop = new WebHop(addresses, connections, cameFromPublic);
            try
            {
                var response = await AskAsync(hop, address, silence, cancellationToken);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    // Hop and response outlive this method; what is read here is only the stream's handle.
                    var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
                    (var owner, hop) = (hop, null);
                    return new ImageContent(stream, response.Content.Headers.ContentLength, owner);
                }

                address = NextAddress(address, response, redirects);
                cameFromPublic |= hop.IsPublic;
            }
            finally
            {
                hop?.Dispose();
            }
        }
    }

    private static Uri NextAddress(Uri address, HttpResponseMessage response, int redirects)
    {
        if (!IsRedirect(response.StatusCode))
        {
            throw new ImageFetchException(
                ImageReasons.DownloadFailed, $"{ImageOrigin.Show(address)} answered {(int)response.StatusCode} {response.ReasonPhrase}.");
        }

        return redirects == MaxRedirects
            ? throw new ImageFetchException(ImageReasons.DownloadFailed, $"{ImageOrigin.Show(address)} is the last of more than {MaxRedirects} redirects.")
            : ImageOrigin.Redirect(address, LocationOf(response));
    }

    private static async Task<HttpResponseMessage> AskAsync(WebHop hop, Uri address, SilenceTimer silence, CancellationToken cancellationToken)
    {
        silence.Restart();
        try
        {
            return await hop.GetAsync(address, silence.Token);
        }
        catch (HttpRequestException exception)
        {
            throw new ImageFetchException(ImageReasons.DownloadFailed, $"{ImageOrigin.Show(address)}: {Cause(exception)}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The time-out of the connection or ours: either way nobody answered.
            throw new ImageFetchException(ImageReasons.DownloadFailed, $"{ImageOrigin.Show(address)} did not answer in time.", exception);
        }
    }

    private static string? LocationOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Location", out var values) ? values.ToString() : null;

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    // "The SSL connection could not be established, see inner exception." helps nobody.
    private static string Cause(HttpRequestException exception) =>
        exception.InnerException is { } inner && exception.HttpRequestError == HttpRequestError.SecureConnectionError
            ? $"the TLS connection failed: {inner.Message}"
            : exception.Message;
}
