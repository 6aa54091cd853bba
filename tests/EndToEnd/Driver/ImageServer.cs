using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Berth.EndToEnd.Tests;

/// <summary>A web server in the test's own process, on an address that the nodes reach. It can also fail as real servers do.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, ServedContent> _contents = new();
    private readonly ConcurrentDictionary<string, int> _requests = new();
    private readonly Task _accepting;

    public ImageServer(IPAddress address)
    {
        _listener = new TcpListener(address, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Serves bytes under a name and returns the URL.</summary>
    public string Serve(string name, byte[] content) => Add(name, new(content, content.Length));

    /// <summary>Announces all of the content, sends the first half and closes the connection.</summary>
    public string ServeHalf(string name, byte[] content) => Add(name, new(content, content.Length / 2));

    /// <summary>Answers with these bytes after the status line, which the test writes itself, and closes the connection.</summary>
    public string Answer(string name, string head, byte[]? content = null) =>
        Add(name, new(content ?? [], content?.Length ?? 0) { Head = head });

    /// <summary>How many times a name was asked for.</summary>
    public int RequestsFor(string name) => _requests.GetValueOrDefault(name);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private string Add(string name, ServedContent content)
    {
        _contents[name] = content;
        return $"http://{_listener.LocalEndpoint}/{name}";
    }

    private async Task AcceptAsync()
    {
        var answering = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                answering.RemoveAll(answer => answer.IsCompleted);
                answering.Add(AnswerAsync(client));
            }
        }
        catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answering);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                if (await reader.ReadLineAsync(_stop.Token) is not { } requestLine)
                {
                    return;
                }

                while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
                {
                }

                await SendAsync(stream, requestLine.Split(' '));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client went away, or the test run ends.
            }
        }
    }

    private async Task SendAsync(NetworkStream stream, string[] request)
    {
        var name = request[1].TrimStart('/');
        _requests.AddOrUpdate(name, 1, (_, count) => count + 1);
        if (!_contents.TryGetValue(name, out var content))
        {
            await stream.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
            return;
        }

        if (content.Head is { } head)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n"), _stop.Token);
            await stream.WriteAsync(content.Bytes, _stop.Token);
            return;
        }

        var length = content.Bytes.Length.ToString(CultureInfo.InvariantCulture);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"), _stop.Token);
        if (request[0] == "GET")
        {
            await stream.WriteAsync(content.Bytes.AsMemory(0, content.Sent), _stop.Token);
        }
    }

    private sealed record ServedContent(byte[] Bytes, int Sent)
    {
        /// <summary>Status and headers of the answer, without the protocol; null for the usual ones.</summary>
        public string? Head { get; init; }
    }
}
