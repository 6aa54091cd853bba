using Berth.Api;

namespace Berth.NodeAgent.Images;

/// <summary>Gives up on a server that keeps a transfer alive by a byte now and then: there are few places for transfers, and each should come to an end.</summary>
/// <param name="bytesPerSecond">The least rate, over each <see cref="Window"/> of waiting for the server; 0 for none.</param>
internal sealed class TransferPace(long bytesPerSecond)
{
    /// <summary>Over how much waiting the rate is measured; time spent on writing is not the server's.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private TimeSpan _waited;
    private long _came;

    /// <summary>Takes note of bytes and of how long they were waited for.</summary>
    /// <exception cref="ImageFetchException">Too little came for too long.</exception>
    public void Came(int bytes, TimeSpan waited)
    {
        _came += bytes;
        _waited += waited;
        if (_waited < Window)
        {
            return;
        }

        if (_came < bytesPerSecond * _waited.TotalSeconds)
        {
            throw new ImageFetchException(
                ImageReasons.DownloadIncomplete, $"{_came} bytes came in {_waited.TotalSeconds:0} s, fewer than {bytesPerSecond} a second (--min-image-rate).");
        }

        (_came, _waited) = (0, TimeSpan.Zero);
    }
}
