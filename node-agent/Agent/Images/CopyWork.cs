using Berth.Api;
using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.Images;

/// <summary>One copy that is wanted: of one Image, as it was when it was asked for, in one pool.</summary>
internal sealed class CopyWork : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private volatile ImageCopy _state;
    private int _isStopped;

    public CopyWork(ImageRequest request, string pool)
    {
        Request = request;
        Pool = pool;
        Stopped = _stop.Token;
        _state = new ImageCopy.Pending(ImageReasons.Downloading, $"Image \"{request.Name}\" is being fetched into pool \"{pool}\".");
    }

    public ImageRequest Request { get; }

    public string Pool { get; }

    /// <summary>Where the copy stands.</summary>
    public ImageCopy State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary>Cancelled when nobody wants the copy any more.</summary>
    public CancellationToken Stopped { get; }

    /// <summary>False once the copy, verified before, is no longer in its place.</summary>
    public bool IsSound => State is not ImageCopy.Available copy || File.Exists(copy.Path);

    /// <summary>Ends the work; the first call counts.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            _stop.Cancel();
            _stop.Dispose();
        }
    }
}
