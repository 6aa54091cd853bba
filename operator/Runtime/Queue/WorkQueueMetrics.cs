using Berth.Runtime.Metrics;

namespace Berth.Runtime.Queue;

/// <summary>A queue's metrics, by controller-runtime's names.</summary>
internal sealed class WorkQueueMetrics(string name, MetricFactory metrics)
{
    private static readonly IReadOnlyList<double> Buckets = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

    private readonly Gauge.Child _depth = metrics.CreateGauge("workqueue_depth", "Keys that wait for a worker.", "name").WithLabels(name);
    private readonly Counter.Child _adds = metrics.CreateCounter("workqueue_adds_total", "Keys added.", "name").WithLabels(name);
    private readonly Counter.Child _retries = metrics.CreateCounter("workqueue_retries_total", "Keys added again after a failure.", "name").WithLabels(name);
    private readonly Histogram.Child _latency = metrics.CreateHistogram("workqueue_queue_duration_seconds", "How long keys waited for a worker.", Buckets, "name").WithLabels(name);
    private readonly Histogram.Child _work = metrics.CreateHistogram("workqueue_work_duration_seconds", "How long the work on a key took.", Buckets, "name").WithLabels(name);

    private readonly Gauge.Child _unfinished = metrics
        .CreateGauge("workqueue_unfinished_work_seconds", "How long the keys that are worked on have been, added up. Grows without end where work hangs.", "name").WithLabels(name);

    private readonly Gauge.Child _longest = metrics
        .CreateGauge("workqueue_longest_running_processor_seconds", "How long the key that has been worked on for longest has been.", "name").WithLabels(name);

    public void Added() => _adds.Inc();

    public void BecameReady() => _depth.Inc();

    public void Retried() => _retries.Inc();

    public void Taken(TimeSpan waited)
    {
        _depth.Dec();
        _latency.Observe(waited.TotalSeconds);
    }

    /// <summary>What is being worked on at this moment.</summary>
    public void Working(TimeSpan sum, TimeSpan longest)
    {
        _unfinished.Set(sum.TotalSeconds);
        _longest.Set(longest.TotalSeconds);
    }

    public void Worked(TimeSpan took) => _work.Observe(took.TotalSeconds);
}
