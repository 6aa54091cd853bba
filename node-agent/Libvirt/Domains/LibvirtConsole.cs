using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>An open console of a guest: its output as it comes, and a way to type.</summary>
/// <remarks>
/// The one object whose native stream outlives a call. Output is taken on libvirt's event thread, which only copies;
/// when the reader is slow, the oldest output is dropped, as a terminal's scroll-back would.
/// </remarks>
public sealed class LibvirtConsole : IAsyncDisposable
{
    private const int WouldBlock = -2;
    private const int Chunk = 4096;
    private const int Readable = 1 << 0;
    private const int Broken = (1 << 2) | (1 << 3);

    private readonly LibvirtConnection _connection;
    private readonly Lock _gate = new();
    private readonly Channel<ReadOnlyMemory<byte>> _output = Channel.CreateBounded<ReadOnlyMemory<byte>>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });

    private VirStreamHandle? _stream;
    private nint _opaque;

    internal LibvirtConsole(LibvirtConnection connection) => _connection = connection;

    /// <summary>The guest's output in pieces; completes when the console is closed from either side.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Output => _output.Reader;

    /// <summary>Types into the guest.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        while (!input.IsEmpty)
        {
            var rest = input;
            var sent = await _connection.InvokeAsync(
                LibvirtLane.Guest, _ => Send(rest.Span), cancellationToken).ConfigureAwait(false);
            if (sent == WouldBlock)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), _connection.TimeProvider, cancellationToken)
                    .ConfigureAwait(false);
                continue;
            }

            input = input[sent..];
        }
    }

    /// <summary>Closes the console; the guest goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        _output.Writer.TryComplete();
        if (_stream is null)
        {
            return;
        }

        try
        {
            await _connection.ReleaseAsync(Release).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The threads are gone already; the native side is still to be freed.
            Release();
        }
    }

    /// <summary>Takes over the stream, connects it and begins to read; on the calling dispatcher thread.</summary>
    internal unsafe void Attach(VirStreamHandle stream, Action<VirStreamHandle> open)
    {
        lock (_gate)
        {
            _stream = stream;
            open(stream);
            _opaque = CallbackRegistry.Add(this);
            if (virStreamEventAddCallback(stream, Readable | Broken, &OnReady, _opaque, &HostCallbacks.OnFreed) < 0)
            {
                var error = LibvirtException.FromLastError("virStreamEventAddCallback");
                CallbackRegistry.Remove(_opaque);
                _opaque = 0;
                throw error;
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnReady(nint stream, int events, nint opaque)
    {
        if (CallbackRegistry.Find<LibvirtConsole>(opaque) is not { } console)
        {
            return;
        }

        try
        {
            console.Receive(events);
        }
        catch (Exception)
        {
            // Must not cross libvirt's frames; the reader sees the end of the output.
            console._output.Writer.TryComplete();
        }
    }

    // Does not wait: the stream is non-blocking and the data has arrived.
    private unsafe void Receive(int events)
    {
        lock (_gate)
        {
            if (_stream is not { } stream)
            {
                return;
            }

            var buffer = stackalloc byte[Chunk];
            int received;
            while ((received = virStreamRecv(stream, buffer, Chunk)) > 0)
            {
                _output.Writer.TryWrite(new ReadOnlySpan<byte>(buffer, received).ToArray());
            }

            if (received != WouldBlock || (events & Broken) != 0)
            {
                _output.Writer.TryComplete();
                _ = virStreamEventRemoveCallback(stream);
            }
        }
    }

    private unsafe int Send(ReadOnlySpan<byte> input)
    {
        lock (_gate)
        {
            var stream = _stream ?? throw new ObjectDisposedException(nameof(LibvirtConsole));
            fixed (byte* data = input)
            {
                var sent = virStreamSend(stream, data, (nuint)input.Length);
                return sent == WouldBlock ? sent : Check(sent, "virStreamSend");
            }
        }
    }

    // The abort asks the daemon, so it happens outside the lock, where the event thread cannot get stuck behind it.
    private void Release()
    {
        VirStreamHandle? stream;
        lock (_gate)
        {
            stream = Interlocked.Exchange(ref _stream, null);
            if (stream is null)
            {
                return;
            }

            _ = virStreamEventRemoveCallback(stream);
        }

        CallbackRegistry.Remove(_opaque);
        _ = virStreamAbort(stream);
        stream.Dispose();
    }
}
