using System.Net;
using Berth.Api;

namespace Berth.NodeAgent.Images;

/// <summary>Opens images on web servers: follows redirects by our own rules, trusts the system's certificate authorities, gives up on silence.</summary>
internal sealed class WebImages : IDisposable
{
    /// <summary>How long a server may be silent: before its answer, and between two parts of the content.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private const int MaxRedirects = 5;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        // The file is kept as the server sends it: its digest is that of these bytes.
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
        UseCookies = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "berth-agent" }, { "Accept", "*/*" } },
    };

    /// <summary>Asks for <paramref name="address"/> and returns when the headers of the final answer are there.</summary>
    /// <exception cref="ImageFetchException">The server cannot be reached, refuses, or redirects where we do not go.</exception>
    public async Task<ImageContent> OpenAsync(Uri address, SilenceTimer silence, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            var response = await AskAsync(address, silence, cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                // The response outlives this method; what is read here is only the stream's handle.
                var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
                return new ImageContent(stream, response.Content.Headers.ContentLength, response);
            }

            using (response)
            {
                if (!IsRedirect(response.StatusCode))
                {
                    throw new ImageFetchException(
                        ImageReasons.DownloadFailed, $"{ImageOrigin.Show(address)} answered {(int)response.StatusCode} {response.ReasonPhrase}.");
                }

                if (redirects == MaxRedirects)
                {
                    throw new ImageFetchException(ImageReasons.DownloadFailed, $"{ImageOrigin.Show(address)} is the last of more than {MaxRedirects} redirects.");
                }

                address = ImageOrigin.Redirect(address, LocationOf(response));
            }
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> AskAsync(Uri address, SilenceTimer silence, CancellationToken cancellationToken)
    {
        silence.Restart();
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
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
