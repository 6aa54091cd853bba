using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Berth.Runtime.Metrics;

/// <summary>Makes instruments over <see cref="System.Diagnostics.Metrics"/>, so that any listener sees them, and keeps their values for the Prometheus endpoint.</summary>
/// <remarks>Asking again for a name gives the same instrument.</remarks>
public sealed class MetricFactory : IDisposable
{
    /// <summary>The name of the meter that all instruments belong to.</summary>
    public const string MeterName = "Berth";

    private readonly ConcurrentDictionary<string, object> _instruments = new(StringComparer.Ordinal);
    private readonly Meter _meter = new(MeterName);
    private readonly MetricCollector _collector;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _gatheringLock = new();
    private readonly List<Func<CancellationToken, Task>> _beforeCollect = [];
    private Task _gathering = Task.CompletedTask;

    public MetricFactory() => _collector = new MetricCollector(_meter);

    /// <summary>A value that only grows. By convention its name ends in <c>_total</c>.</summary>
    public Counter CreateCounter(string name, string help, params string[] labelNames) =>
        GetOrAdd(name, () => new Counter(_meter.CreateCounter<double>(name, description: help), labelNames));

    /// <summary>A value that goes up and down.</summary>
    public Gauge CreateGauge(string name, string help, params string[] labelNames) =>
        GetOrAdd(name, () => new Gauge(_meter.CreateGauge<double>(name, description: help), _collector, labelNames));

    /// <summary>Counts of values by size. <paramref name="buckets"/> are upper bounds in growing order.</summary>
    public Histogram CreateHistogram(string name, string help, IReadOnlyList<double> buckets, params string[] labelNames) =>
        GetOrAdd(name, () => new Histogram(
            _meter.CreateHistogram(name, description: help, tags: null, unit: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets }), labelNames));

    /// <summary>A gauge that is asked for its values when it is scraped; label sets that it no longer gives are gone.</summary>
    public void CreateGaugeCallback(string name, string help, Func<IEnumerable<Measurement<double>>> observe) =>
        GetOrAdd(name, () => _meter.CreateObservableGauge(name, observe, unit: null, description: help));

    /// <summary>A counter that is asked for its values when it is scraped.</summary>
    public void CreateCounterCallback(string name, string help, Func<IEnumerable<Measurement<double>>> observe) =>
        GetOrAdd(name, () => _meter.CreateObservableCounter(name, observe, unit: null, description: help));

    /// <summary>Has <see cref="CollectAsync"/> wait for this callback first: for figures that have to be fetched, which the callbacks of instruments then read.</summary>
    /// <remarks>It bounds its own time and handles its own failures: one that throws fails the scrape. Scrapes that come while it runs share its run.</remarks>
    public void AddBeforeCollectCallback(Func<CancellationToken, Task> callback)
    {
        lock (_gatheringLock)
        {
            _beforeCollect.Add(callback);
        }
    }

    /// <summary>Gathers what has to be fetched and writes all values, as <see cref="WriteText"/> does.</summary>
    public async Task CollectAsync(TextWriter output, CancellationToken cancellationToken)
    {
        // Not the scraper's token: others may wait for the same run.
        await GatherAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        WriteText(output);
    }

    /// <summary>Writes all values in Prometheus' text format, version 0.0.4, as they are now.</summary>
    public void WriteText(TextWriter output) => _collector.WriteText(output);

    public void Dispose()
    {
        _disposing.Cancel();
        _disposing.Dispose();
        _collector.Dispose();
        _meter.Dispose();
    }

    private Task GatherAsync()
    {
        lock (_gatheringLock)
        {
            if (_gathering.IsCompleted)
            {
                var token = _disposing.Token;
                _gathering = Task.WhenAll(_beforeCollect.Select(callback => callback(token)).ToArray());
            }

            return _gathering;
        }
    }

    private T GetOrAdd<T>(string name, Func<T> create)
        where T : class
    {
        // Not the dictionary's own factory call: that may run twice, and a meter would then hold two instruments of one name.
        lock (_instruments)
        {
            if (!_instruments.TryGetValue(name, out var instrument))
            {
                _instruments[name] = instrument = create();
            }

            return instrument as T ?? throw new InvalidOperationException($"\"{name}\" is already an instrument of another type.");
        }
    }
}
