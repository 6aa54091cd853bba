using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Berth.Api;

namespace Berth.NodeAgent.Images;

/// <summary>One request to one web server, on a connection of its own: one that another request has made was not checked for this one.</summary>
internal sealed class WebHop : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly ImageAddresses _addresses;
    private readonly IWebConnections _connections;
    private readonly bool _cameFromPublic;
    private readonly HttpClient _client;

    public WebHop(ImageAddresses addresses, IWebConnections connections, bool cameFromPublic)
    {
        (_addresses, _connections, _cameFromPublic) = (addresses, connections, cameFromPublic);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // The file is kept as the server sends it: its digest is that of these bytes, and nothing unpacks to more than came.
            AutomaticDecompression = DecompressionMethods.None,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, cancellationToken),
            ConnectTimeout = ConnectTimeout,
            UseCookies = false,
            // Through a proxy nothing could be known of the address at its other end.
            UseProxy = false,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>True when the server that was reached is on the internet.</summary>
    public bool IsPublic { get; private set; }

    /// <summary>Asks and returns when the headers of the answer are there.</summary>
    /// <exception cref="ImageFetchException">No image is fetched from where the host is.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("berth-agent", null));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.InnerException is ImageFetchException refusal)
        {
            throw new ImageFetchException(refusal.Reason, refusal.Message, exception);
        }
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host.Host, out var literal) ? [literal] : await _connections.FindAsync(host.Host, cancellationToken);
        var (refusal, failure) = ((string?)null, (SocketException?)null);
        foreach (var address in addresses)
        {
            if (_addresses.Refusal(address, _cameFromPublic) is { } why)
            {
                refusal ??= why;
                continue;
            }

            try
            {
                return await ConnectAsync(new IPEndPoint(address, host.Port), cancellationToken);
            }
            catch (SocketException exception)
            {
                failure = exception;
            }
        }

        throw (failure, refusal) switch
        {
            (null, { } why) => new ImageFetchException(ImageReasons.SourceNotAllowed, $"No image is fetched from {host.Host}: {why} (--allowed-image-addresses)."),
            _ => failure ?? new SocketException((int)SocketError.HostNotFound),
        };
    }

    private async Task<Stream> ConnectAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        var socket = await _connections.ConnectAsync(target, cancellationToken);

        // A public address can be the node's own, too.
        var isNodes = Equals(((IPEndPoint?)socket.LocalEndPoint)?.Address, target.Address);
        if (isNodes && _cameFromPublic && AddressReaches.Of(target.Address) is AddressReach.Public)
        {
            socket.Dispose();
            throw new ImageFetchException(ImageReasons.SourceNotAllowed, $"No image is fetched from {target.Address}: it is the node's own, and a server on the internet redirected to it.");
        }

        IsPublic = !isNodes && AddressReaches.Of(target.Address) is AddressReach.Public;
        return new NetworkStream(socket, ownsSocket: true);
    }
}
