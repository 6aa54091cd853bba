using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;

namespace Berth.Runtime.Metrics;

/// <summary>Listens to one meter and keeps, per instrument and label set, what a scrape needs.</summary>
internal sealed class MetricCollector : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public MetricCollector(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                var family = new Family(instrument);
                lock (_lock)
                {
                    _families[instrument.Name] = family;
                }

                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, state) => ((Family)state!).Record(value, labels));
        _listener.Start();
    }

    public void Forget(Instrument instrument, KeyValuePair<string, object?>[] labels)
    {
        lock (_lock)
        {
            _families[instrument.Name].Forget(labels);
        }
    }

    public void WriteText(TextWriter output)
    {
        // Scrapes one at a time: what callbacks give in one scrape must not be taken for another's.
        lock (_lock)
        {
            foreach (var family in _families.Values)
            {
                family.BeginScrape();
            }

            _listener.RecordObservableInstruments();
            foreach (var family in _families.Values)
            {
                family.Write(output);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>The values of one instrument by label set.</summary>
    private sealed class Family
    {
        private readonly Instrument _instrument;
        private readonly string _type;
        private readonly double[]? _buckets;
        private readonly Lock _lock = new();
        private readonly Dictionary<KeyValuePair<string, object?>[], Series> _series;
        private readonly Dictionary<KeyValuePair<string, object?>[], Series>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
        private long _scrape;

        public Family(Instrument instrument)
        {
            _instrument = instrument;
            _type = instrument switch
            {
                Counter<double> or ObservableCounter<double> => "counter",
                Histogram<double> => "histogram",
                _ => "gauge",
            };
            _buckets = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray();
            _series = new(LabelSetComparer.Instance);
            _lookup = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        }

        public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            lock (_lock)
            {
                if (!_lookup.TryGetValue(labels, out var series))
                {
                    var set = labels.ToArray();
                    _series[set] = series = new Series(set, _buckets is null ? null : new long[_buckets.Length + 1]);
                }

                series.Scrape = _scrape;
                series.Record(value, accumulate: _instrument is Counter<double>, _buckets);
            }
        }

        public void Forget(KeyValuePair<string, object?>[] labels)
        {
            lock (_lock)
            {
                _series.Remove(labels);
            }
        }

        public void BeginScrape()
        {
            lock (_lock)
            {
                _scrape++;
            }
        }

        public void Write(TextWriter output)
        {
            lock (_lock)
            {
                ForgetUnseen();
                if (_series.Count > 0)
                {
                    PrometheusText.WriteHeader(output, _instrument.Name, _instrument.Description ?? "", _type);
                    foreach (var series in _series.Values)
                    {
                        series.Write(output, _instrument.Name, _buckets);
                    }
                }
            }
        }

        // What a callback no longer gives is gone; what it gives again keeps its place, so that a scrape allocates little.
        private void ForgetUnseen()
        {
            if (!_instrument.IsObservable)
            {
                return;
            }

            foreach (var (labels, series) in _series)
            {
                if (series.Scrape != _scrape)
                {
                    _series.Remove(labels);
                }
            }
        }
    }

    /// <summary>One label set's value, or counts where it is a histogram.</summary>
    private sealed class Series(KeyValuePair<string, object?>[] labels, long[]? counts)
    {
        private double _value;

        /// <summary>The scrape during which it was last recorded.</summary>
        public long Scrape { get; set; }

        public void Record(double value, bool accumulate, double[]? buckets)
        {
            if (counts is null)
            {
                _value = accumulate ? _value + value : value;
                return;
            }

            var bucket = Array.BinarySearch(buckets!, value);
            counts[bucket < 0 ? ~bucket : bucket]++;
            _value += value;
        }

        public void Write(TextWriter output, string name, double[]? buckets)
        {
            if (counts is null)
            {
                PrometheusText.WriteSample(output, name, "", labels, null, _value);
                return;
            }

            var total = 0L;
            for (var i = 0; i < counts.Length; i++)
            {
                total += counts[i];
                PrometheusText.WriteSample(output, name, "_bucket", labels, i < buckets!.Length ? buckets[i] : double.PositiveInfinity, total);
            }

            PrometheusText.WriteSample(output, name, "_sum", labels, null, _value);
            PrometheusText.WriteSample(output, name, "_count", labels, null, total);
        }
    }

    /// <summary>Equal when names and values are, in order; looks up by a span, so that recording allocates nothing.</summary>
    private sealed class LabelSetComparer :
        IEqualityComparer<KeyValuePair<string, object?>[]>,
        IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static readonly LabelSetComparer Instance = new();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => Equals(x.AsSpan(), y!);

        public int GetHashCode([DisallowNull] KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length)
            {
                return false;
            }

            for (var i = 0; i < other.Length; i++)
            {
                if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = new HashCode();
            foreach (var (_, value) in alternate)
            {
                hash.Add(value);
            }

            return hash.ToHashCode();
        }
    }
}
