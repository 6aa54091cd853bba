using System.Collections.Concurrent;

namespace Berth.Runtime.Metrics;

/// <summary>A value that only grows.</summary>
public sealed class Counter
{
    private readonly System.Diagnostics.Metrics.Counter<double> _instrument;
    private readonly string[] _labelNames;

    internal Counter(System.Diagnostics.Metrics.Counter<double> instrument, string[] labelNames)
    {
        _instrument = instrument;
        _labelNames = labelNames;
        if (labelNames.Length == 0)
        {
            // A counter that is there from the start can be alerted on before its first increment.
            Inc(0);
        }
    }

    public void Inc(double increment = 1) => _instrument.Add(increment);

    /// <summary>The counter of one set of label values, in the order of the label names. Keep it where the path is hot.</summary>
    public Child WithLabels(params ReadOnlySpan<string> values) => new(_instrument, Labels.Pair(_labelNames, values));

    /// <summary>A counter with its labels.</summary>
    public readonly struct Child
    {
        private readonly System.Diagnostics.Metrics.Counter<double> _instrument;
        private readonly KeyValuePair<string, object?>[] _labels;

        internal Child(System.Diagnostics.Metrics.Counter<double> instrument, KeyValuePair<string, object?>[] labels) =>
            (_instrument, _labels) = (instrument, labels);

        public void Inc(double increment = 1) => _instrument.Add(increment, _labels);
    }
}

/// <summary>A value that goes up and down.</summary>
public sealed class Gauge
{
    private readonly System.Diagnostics.Metrics.Gauge<double> _instrument;
    private readonly MetricCollector _collector;
    private readonly string[] _labelNames;
    private readonly ConcurrentDictionary<string, Child> _children = new(StringComparer.Ordinal);

    internal Gauge(System.Diagnostics.Metrics.Gauge<double> instrument, MetricCollector collector, string[] labelNames)
    {
        _instrument = instrument;
        _collector = collector;
        _labelNames = labelNames;
        if (labelNames.Length == 0)
        {
            Set(0);
        }
    }

    public void Set(double value) => WithLabels().Set(value);

    public void Inc(double increment = 1) => WithLabels().Inc(increment);

    public void Dec(double decrement = 1) => WithLabels().Inc(-decrement);

    /// <summary>The gauge of one set of label values, in the order of the label names.</summary>
    public Child WithLabels(params ReadOnlySpan<string> values)
    {
        var key = string.Join('\0', values);
        return _children.TryGetValue(key, out var child) ? child : _children.GetOrAdd(key, new Child(_instrument, Labels.Pair(_labelNames, values)));
    }

    /// <summary>Forgets one set of label values, so that it is no longer scraped.</summary>
    public void RemoveLabelled(params ReadOnlySpan<string> values)
    {
        if (_children.TryRemove(string.Join('\0', values), out var child))
        {
            _collector.Forget(_instrument, child.Labels);
        }
    }

    /// <summary>A gauge with its labels.</summary>
    public sealed class Child
    {
        private readonly System.Diagnostics.Metrics.Gauge<double> _instrument;
        private readonly Lock _lock = new();
        private double _value;

        internal Child(System.Diagnostics.Metrics.Gauge<double> instrument, KeyValuePair<string, object?>[] labels) =>
            (_instrument, Labels) = (instrument, labels);

        internal KeyValuePair<string, object?>[] Labels { get; }

        public void Set(double value)
        {
            // Recorded under the lock: two changes must not reach the listener in the wrong order.
            lock (_lock)
            {
                _instrument.Record(_value = value, Labels);
            }
        }

        public void Inc(double increment = 1)
        {
            lock (_lock)
            {
                _instrument.Record(_value += increment, Labels);
            }
        }

        public void Dec(double decrement = 1) => Inc(-decrement);
    }
}

/// <summary>Counts of values by size, their sum and their number.</summary>
public sealed class Histogram
{
    /// <summary>Seconds from 5 ms to 10 s, for requests and reconciles.</summary>
    public static readonly IReadOnlyList<double> SecondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly System.Diagnostics.Metrics.Histogram<double> _instrument;
    private readonly string[] _labelNames;

    internal Histogram(System.Diagnostics.Metrics.Histogram<double> instrument, string[] labelNames) =>
        (_instrument, _labelNames) = (instrument, labelNames);

    public void Observe(double value) => _instrument.Record(value);

    /// <summary>The histogram of one set of label values, in the order of the label names. Keep it where the path is hot.</summary>
    public Child WithLabels(params ReadOnlySpan<string> values) => new(_instrument, Labels.Pair(_labelNames, values));

    /// <summary>A histogram with its labels.</summary>
    public readonly struct Child
    {
        private readonly System.Diagnostics.Metrics.Histogram<double> _instrument;
        private readonly KeyValuePair<string, object?>[] _labels;

        internal Child(System.Diagnostics.Metrics.Histogram<double> instrument, KeyValuePair<string, object?>[] labels) =>
            (_instrument, _labels) = (instrument, labels);

        public void Observe(double value) => _instrument.Record(value, _labels);
    }
}

internal static class Labels
{
    public static KeyValuePair<string, object?>[] Pair(string[] names, ReadOnlySpan<string> values)
    {
        if (names.Length != values.Length)
        {
            throw new ArgumentException($"{names.Length} label values are needed, {values.Length} were given.", nameof(values));
        }

        var labels = new KeyValuePair<string, object?>[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            labels[i] = new(names[i], values[i]);
        }

        return labels;
    }
}
