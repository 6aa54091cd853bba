using System.Threading.Channels;
using Berth.Runtime.Metrics;

namespace Berth.Runtime.Queue;

/// <summary>Keys that wait for work: each at most once in the queue and at one worker at a time, later or after a back-off where asked, and never forgotten.</summary>
/// <remarks>
/// A key added while it is being worked on comes again when that work is done. Taking a key drops its pending delay:
/// the work that begins decides anew when it wants to come back. Safe to use from any thread.
/// </remarks>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly Dictionary<TKey, long> _waiting = [];
    private readonly Dictionary<TKey, long> _working = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly DelayTimer<TKey> _delays;
    private readonly BackOff _backOff;
    private readonly TimeProvider _time;
    private readonly WorkQueueMetrics _metrics;

    public WorkQueue(string name, BackOff backOff, MetricFactory metrics, TimeProvider time)
    {
        _backOff = backOff;
        _time = time;
        _metrics = new WorkQueueMetrics(name, metrics);
        _delays = new DelayTimer<TKey>(time, AddDue);
        metrics.AddBeforeCollectCallback(_ =>
        {
            MeasureWork();
            return Task.CompletedTask;
        });
    }

    /// <summary>Keys that are ready and that no worker has taken.</summary>
    public int Depth => _ready.Reader.Count;

    /// <summary>Makes the key ready now.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            _delays.Cancel(key);
            AddReady(key);
        }
    }

    /// <summary>Makes the key ready after <paramref name="delay"/>, unless it is ready or due earlier anyway.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_lock)
        {
            // A key that waits for its worker's end (in both tables) is as good as ready.
            if (!_waiting.ContainsKey(key))
            {
                _delays.Set(key, delay);
            }
        }
    }

    /// <summary>Makes the key ready after a delay that doubles with each failure in a row, until <see cref="Forget"/>.</summary>
    public void AddRateLimited(TKey key)
    {
        int failures;
        lock (_lock)
        {
            _failures[key] = failures = _failures.GetValueOrDefault(key) + 1;
        }

        _metrics.Retried();
        AddAfter(key, _backOff.Delay(failures));
    }

    /// <summary>Ends a row of failures: the next one starts with the shortest delay. The key itself stays where it is.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>How often the key has failed in a row.</summary>
    public int Failures(TKey key)
    {
        lock (_lock)
        {
            return _failures.GetValueOrDefault(key);
        }
    }

    /// <summary>Waits for a key to work on. The caller must call <see cref="Done"/> for it.</summary>
    public async ValueTask<TKey> GetAsync(CancellationToken cancellationToken)
    {
        var key = await _ready.Reader.ReadAsync(cancellationToken);
        lock (_lock)
        {
            _delays.Cancel(key);
            _waiting.Remove(key, out var since);
            _working[key] = _time.GetTimestamp();
            _metrics.Taken(_time.GetElapsedTime(since));
        }

        return key;
    }

    /// <summary>Ends the work on a key; it is ready again at once when it was added meanwhile.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            if (_working.Remove(key, out var since))
            {
                _metrics.Worked(_time.GetElapsedTime(since));
            }

            if (_waiting.ContainsKey(key))
            {
                _ready.Writer.TryWrite(key);
                _metrics.BecameReady();
            }
        }
    }

    public void Dispose() => _delays.Dispose();

    private void MeasureWork()
    {
        lock (_lock)
        {
            var (sum, longest) = (TimeSpan.Zero, TimeSpan.Zero);
            foreach (var since in _working.Values)
            {
                var elapsed = _time.GetElapsedTime(since);
                sum += elapsed;
                longest = elapsed > longest ? elapsed : longest;
            }

            _metrics.Working(sum, longest);
        }
    }

    private void AddDue(TKey key)
    {
        lock (_lock)
        {
            AddReady(key);
        }
    }

    private void AddReady(TKey key)
    {
        if (!_waiting.TryAdd(key, _time.GetTimestamp()))
        {
            return;
        }

        _metrics.Added();
        if (!_working.ContainsKey(key))
        {
            _ready.Writer.TryWrite(key);
            _metrics.BecameReady();
        }
    }
}
