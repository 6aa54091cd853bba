namespace Berth.Libvirt;

/// <summary>The threads on which libvirt is called: its calls block, so none of them runs on the thread pool.</summary>
/// <remarks>
/// One dispatcher may serve many connections. All its threads are background threads with names, started when first
/// needed; a thread inside libvirt cannot be interrupted.
/// </remarks>
public sealed class LibvirtDispatcher : IDisposable
{
    private readonly DispatcherLane[] _lanes;

    /// <summary>Creates a dispatcher; no thread is started before the first call.</summary>
    public LibvirtDispatcher(LibvirtDispatcherOptions? options = null)
    {
        options ??= new LibvirtDispatcherOptions();
        _lanes = new DispatcherLane[Enum.GetValues<LibvirtLane>().Length];
        _lanes[(int)LibvirtLane.Control] = new DispatcherLane("libvirt-control", 1);
        _lanes[(int)LibvirtLane.Query] = new DispatcherLane("libvirt-query", options.QueryThreads);
        _lanes[(int)LibvirtLane.Guest] = new DispatcherLane("libvirt-guest", options.GuestThreads);
        _lanes[(int)LibvirtLane.Long] = new DispatcherLane("libvirt-long", options.LongThreads);
        _lanes[(int)LibvirtLane.Copy] = new DispatcherLane("libvirt-copy", options.CopyThreads);
    }

    /// <summary>Lets queued calls finish and ends the threads; later calls fail with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Complete();
        }
    }

    /// <summary>Runs the call on a thread of the lane.</summary>
    /// <remarks>
    /// The token drops the call only while it is queued. The timeout counts from now: it drops a queued call and gives
    /// up on a running one, whose late result goes to <see cref="DispatcherCallOptions{T}.Abandoned"/>.
    /// </remarks>
    internal Task<T> InvokeAsync<T>(
        LibvirtLane lane, Func<T> call, DispatcherCallOptions<T> options, CancellationToken cancellationToken)
    {
        var item = new DispatcherCall<T>(call, options, cancellationToken);
        _lanes[(int)lane].Enqueue(item);
        return item.Task;
    }
}
