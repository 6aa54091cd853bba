using System.Threading.Channels;

namespace Berth.Libvirt;

/// <summary>A reader's own queue of events, from the moment of subscription until disposed.</summary>
/// <remarks>
/// Events only wake: read the state again, it may have moved on. When the reader is so slow that the queue is full,
/// events are dropped and one <see cref="EventsDropped"/> follows; then, and after <see cref="ConnectionRestored"/>,
/// everything must be listed again.
/// </remarks>
public sealed class LibvirtSubscription : IDisposable
{
    private readonly EventSink _sink;
    private readonly Channel<LibvirtEvent> _queue;
    private int _dropped;

    internal LibvirtSubscription(EventSink sink, int capacity)
    {
        _sink = sink;
        _queue = Channel.CreateBounded<LibvirtEvent>(
            new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
        Events = new Reader(this);
    }

    /// <summary>The events in their order; completes when the subscription or its connection is disposed.</summary>
    public ChannelReader<LibvirtEvent> Events { get; }

    /// <summary>Ends the subscription; what is already queued can still be read.</summary>
    public void Dispose()
    {
        _sink.Unsubscribe(this);
        _queue.Writer.TryComplete();
    }

    internal void Offer(LibvirtEvent occurred)
    {
        if (_queue.Writer.TryWrite(occurred))
        {
            return;
        }

        Volatile.Write(ref _dropped, 1);

        // The reader may have emptied the queue in between and gone to wait: then this wakes it.
        _queue.Writer.TryWrite(new EventsDropped());
    }

    private sealed class Reader(LibvirtSubscription owner) : ChannelReader<LibvirtEvent>
    {
        public override Task Completion => owner._queue.Reader.Completion;

        public override bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out LibvirtEvent item)
        {
            if (owner._queue.Reader.TryRead(out item))
            {
                return true;
            }

            item = Interlocked.Exchange(ref owner._dropped, 0) == 1 ? new EventsDropped() : null;
            return item is not null;
        }

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
            owner._queue.Reader.WaitToReadAsync(cancellationToken);
    }
}
