using Berth.Runtime.Metrics;

namespace Berth.Runtime.Reconcile;

/// <summary>A controller's metrics, by controller-runtime's names.</summary>
internal sealed class ControllerMetrics
{
    private readonly string _controller;
    private readonly Counter _total;
    private readonly Counter.Child _errors;
    private readonly Histogram.Child _time;
    private readonly Gauge.Child _active;

    public ControllerMetrics(string controller, int maxConcurrent, MetricFactory metrics)
    {
        _controller = controller;
        _total = metrics.CreateCounter("controller_runtime_reconcile_total", "Reconciles by result: success, requeue, requeue_after, error.", "controller", "result");
        _errors = metrics.CreateCounter("controller_runtime_reconcile_errors_total", "Reconciles that failed.", "controller").WithLabels(controller);
        _time = metrics.CreateHistogram("controller_runtime_reconcile_time_seconds", "How long reconciles took.", Histogram.SecondsBuckets, "controller").WithLabels(controller);
        _active = metrics.CreateGauge("controller_runtime_active_workers", "Workers that reconcile at this moment.", "controller").WithLabels(controller);
        metrics.CreateGauge("controller_runtime_max_concurrent_reconciles", "Workers.", "controller").WithLabels(controller).Set(maxConcurrent);
        _errors.Inc(0);
    }

    public Pass Begin(TimeProvider time)
    {
        _active.Inc();
        return new Pass(this, time);
    }

    /// <summary>One reconcile; disposing ends it, with or without a result.</summary>
    public readonly struct Pass(ControllerMetrics metrics, TimeProvider time) : IDisposable
    {
        private readonly long _started = time.GetTimestamp();

        public void End(ReconcileResult result)
        {
            if (result.Error is not null)
            {
                metrics._errors.Inc();
            }

            var text = result.Error is not null ? "error" : result.IsRetry ? "requeue" : result.RequeueAfter is not null ? "requeue_after" : "success";
            metrics._total.WithLabels(metrics._controller, text).Inc();
            metrics._time.Observe(time.GetElapsedTime(_started).TotalSeconds);
        }

        public void Dispose() => metrics._active.Dec();
    }
}
