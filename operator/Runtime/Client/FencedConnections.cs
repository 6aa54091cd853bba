using System.Net.Sockets;

namespace Berth.Runtime.Client;

/// <summary>The connections that writes go out on: nothing leaves on them, not a byte, while the fence is closed.</summary>
/// <remarks>
/// Below TLS and HTTP/2, because a request waits in many places above: for a connection, a handshake, a stream, a window.
/// What the kernel has taken and the peer has not acknowledged is bounded too: by TCP_USER_TIMEOUT, which the kernel keeps
/// also for a stopped process, and by a reset of every connection as soon as the fence closes.
/// </remarks>
internal sealed class FencedConnections(WriteFence fence, TimeSpan unacknowledged) : IDisposable
{
    // linux/tcp.h; ProtocolType.Tcp is its level.
    private const int TcpUserTimeout = 18;

    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _open = [];
    private bool _subscribed;

    /// <summary>Opens a connection, as <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption((int)ProtocolType.Tcp, TcpUserTimeout, BitConverter.GetBytes((int)unacknowledged.TotalMilliseconds));
            }

            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            Add(socket);
            return new FencedStream(this, socket);
        }
        catch
        {
            Remove(socket);
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => fence.Closed -= Reset;

    private void Add(Socket socket)
    {
        lock (_lock)
        {
            if (!_subscribed)
            {
                _subscribed = true;
                fence.Closed += Reset;
            }

            _open.Add(socket);
        }
    }

    private void Remove(Socket socket)
    {
        lock (_lock)
        {
            _open.Remove(socket);
        }
    }

    /// <summary>Resets every connection: bytes that the kernel holds for them are never sent.</summary>
    private void Reset()
    {
        Socket[] open;
        lock (_lock)
        {
            open = [.. _open];
            _open.Clear();
        }

        foreach (var socket in open)
        {
            // A linger of zero makes the close a reset.
            socket.Close(timeout: 0);
        }
    }

    private sealed class FencedStream(FencedConnections connections, Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            Check();
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Check();
            base.Write(buffer);
        }

        public override void WriteByte(byte value) => Write([value]);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        // The socket is tried at once, on this thread: nothing lies between the check and the system call.
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Check();
            return base.WriteAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            connections.Remove(Socket);
            base.Dispose(disposing);
        }

        // An IOException ends the connection, so nothing of the request can follow later.
        private void Check()
        {
            if (!connections.IsOpen)
            {
                throw new IOException("The connection may not be written to: this process does not lead.");
            }
        }
    }

    private bool IsOpen => fence.IsOpen;
}
