using Berth.Runtime.Metrics;

namespace Berth.Runtime.Store;

/// <summary>An informer's metrics.</summary>
internal sealed class InformerMetrics(string kind, MetricFactory metrics, TimeProvider time)
{
    private readonly Gauge.Child _objects = metrics.CreateGauge("informer_objects", "Objects in the store.", "kind").WithLabels(kind);
    private readonly Counter.Child _lists = metrics.CreateCounter("informer_lists_total", "Complete lists; more than one means that a watch expired.", "kind").WithLabels(kind);
    private readonly Counter.Child _events = metrics.CreateCounter("informer_watch_events_total", "Events from watches, bookmarks too.", "kind").WithLabels(kind);
    private readonly Counter _watches = metrics.CreateCounter("informer_watches_ended_total", "Watches that ended, by why: ended, silent, expired, failed.", "kind", "reason");

    private readonly Gauge.Child _heard = metrics.CreateGauge(
        "informer_last_heard_timestamp_seconds", "When the API server last said something about the kind, in seconds since 1970.", "kind").WithLabels(kind);

    public void Listed(int objects)
    {
        _lists.Inc();
        _objects.Set(objects);
        Heard();
    }

    public void Changed(int objects)
    {
        _events.Inc();
        _objects.Set(objects);
        Heard();
    }

    /// <summary>The server has answered.</summary>
    public void Heard() => _heard.Set(time.GetUtcNow().ToUnixTimeSeconds());

    public void WatchEnded(string reason) => _watches.WithLabels(kind, reason).Inc();
}
