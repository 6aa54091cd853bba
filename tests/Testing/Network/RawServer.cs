using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Berth.Testing.Network;

/// <summary>Answers every request with the same bytes, right or wrong, and then closes the connection or leaves it open without another word.</summary>
public sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly byte[] _answer;
    private readonly bool _staysOpen;
    private readonly Task _accepting;
    private int _requests;

    private RawServer(string answer, bool staysOpen)
    {
        (_answer, _staysOpen) = (Encoding.UTF8.GetBytes(answer), staysOpen);
        _listener.Start();
        Address = new Uri($"http://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>A server whose answer is this body, whole or cut off where it ends.</summary>
    public static RawServer WithBody(string body, int? announcedLength = null, string status = "200 OK", bool staysOpen = false) =>
        new($"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {announcedLength ?? Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}", staysOpen);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: _end.Token);
                Interlocked.Increment(ref _requests);
                await stream.WriteAsync(_answer, _end.Token);
                if (_staysOpen)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token);
                }

                client.Client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client has had enough.
            }
        }
    }
}
