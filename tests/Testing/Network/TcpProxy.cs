using System.Net;
using System.Net.Sockets;

namespace Berth.Testing.Network;

/// <summary>Stands between a client and a server and makes the network's troubles: bytes that do not arrive, in either direction, and connections that break.</summary>
/// <remarks>While a direction is stalled its bytes stay where they are, as on a link that drops every packet: no error reaches either end.</remarks>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly HashSet<TcpClient> _open = [];
    private readonly List<Gate> _closed = [];
    private readonly Task _accepting;
    private Gate _toServer = new();
    private Gate _toClient = new();
    private long _bytesFromClients;
    private int _connections;

    public TcpProxy(IPEndPoint target)
    {
        Target = target;
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Where new connections lead.</summary>
    public IPEndPoint Target { get; set; }

    /// <summary>Bytes that clients have sent, arrived or not.</summary>
    public long BytesFromClients => Interlocked.Read(ref _bytesFromClients);

    /// <summary>Connections that were accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Nothing arrives any more, in the directions named, until <see cref="Resume"/>.</summary>
    public void Stall(bool toServer = true, bool toClient = true)
    {
        if (toServer)
        {
            _toServer.Close();
        }

        if (toClient)
        {
            _toClient.Close();
        }
    }

    /// <summary>As <see cref="Stall"/>, but only on the connections that there are: they are half open from now on, new ones work.</summary>
    public void StallOpenConnections()
    {
        Stall();
        lock (_lock)
        {
            _closed.AddRange([_toServer, _toClient]);
            (_toServer, _toClient) = (new Gate(), new Gate());
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            _closed.ForEach(gate => gate.Open());
            _closed.Clear();
        }

        _toServer.Open();
        _toClient.Open();
    }

    /// <summary>Breaks every connection.</summary>
    public void Cut()
    {
        TcpClient[] open;
        lock (_lock)
        {
            open = [.. _open];
            _open.Clear();
        }

        foreach (var connection in open)
        {
            // Null where its relay has just ended by itself.
            connection.Client?.Close(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Cut();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            Interlocked.Increment(ref _connections);
            _ = RelayAsync(client);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(Target, _end.Token);
                Gate toServer, toClient;
                lock (_lock)
                {
                    _open.UnionWith([client, server]);
                    (toServer, toClient) = (_toServer, _toClient);
                }

                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), toServer, count => Interlocked.Add(ref _bytesFromClients, count)),
                    CopyAsync(server.GetStream(), client.GetStream(), toClient, _ => { }));
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
            {
                // One end is gone; so is the other.
            }
            finally
            {
                lock (_lock)
                {
                    _open.Remove(client);
                    _open.Remove(server);
                }
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Gate gate, Action<int> count)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, _end.Token) is > 0 and var length)
        {
            count(length);
            await gate.PassAsync(_end.Token);
            await to.WriteAsync(buffer.AsMemory(0, length), _end.Token);
        }
    }

    private sealed class Gate
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource? _closed;

        public void Close()
        {
            lock (_lock)
            {
                _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public void Open()
        {
            lock (_lock)
            {
                _closed?.TrySetResult();
                _closed = null;
            }
        }

        public Task PassAsync(CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                return _closed?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
            }
        }
    }
}
