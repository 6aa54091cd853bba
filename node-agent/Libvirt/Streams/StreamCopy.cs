using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>Moves bytes through a blocking stream of libvirt's, on a thread that exists to wait.</summary>
internal static unsafe class StreamCopy
{
    // The most that libvirt's protocol carries in one packet: 256 KiB less its header.
    private const int PieceLength = (256 * 1024) - 24;

    /// <summary>Sends the source's content through a stream that is open for upload, and finishes it.</summary>
    internal static long Upload(
        VirStreamHandle stream, Stream source, IProgress<long>? progress, CancellationToken cancellationToken) =>
        Transfer(stream, () =>
        {
            var piece = new byte[PieceLength];
            var total = 0L;
            int length;
            while ((length = Wait(source.ReadAsync(piece, cancellationToken))) > 0)
            {
                Send(stream, piece.AsSpan(0, length));
                total += length;
                progress?.Report(total);
                cancellationToken.ThrowIfCancellationRequested();
            }

            return total;
        });

    /// <summary>Writes what comes through a stream that is open for download to the target, and finishes it.</summary>
    internal static long Download(
        VirStreamHandle stream, Stream target, IProgress<long>? progress, CancellationToken cancellationToken) =>
        Transfer(stream, () =>
        {
            var piece = new byte[PieceLength];
            var total = 0L;
            int length;
            while ((length = Receive(stream, piece)) > 0)
            {
                Wait(target.WriteAsync(piece.AsMemory(0, length), cancellationToken));
                total += length;
                progress?.Report(total);
                cancellationToken.ThrowIfCancellationRequested();
            }

            return total;
        });

    // Only Finish tells whether the other side has taken everything; a stream that is neither finished nor aborted would
    // keep the object busy in the daemon.
    private static long Transfer(VirStreamHandle stream, Func<long> copy)
    {
        var finished = false;
        try
        {
            var total = copy();
            finished = true;
            Check(virStreamFinish(stream));
            return total;
        }
        finally
        {
            if (!finished)
            {
                _ = virStreamAbort(stream);
            }
        }
    }

    private static void Send(VirStreamHandle stream, ReadOnlySpan<byte> piece)
    {
        fixed (byte* data = piece)
        {
            for (var sent = 0; sent < piece.Length;)
            {
                sent += Check(virStreamSend(stream, data + sent, (nuint)(piece.Length - sent)));
            }
        }
    }

    private static int Receive(VirStreamHandle stream, Span<byte> piece)
    {
        fixed (byte* data = piece)
        {
            return Check(virStreamRecv(stream, data, (nuint)piece.Length));
        }
    }

    // This thread is ours and blocks anyway; the pool's threads complete the read or write.
    private static int Wait(ValueTask<int> read) => read.AsTask().GetAwaiter().GetResult();

    private static void Wait(ValueTask write) => write.AsTask().GetAwaiter().GetResult();
}
