namespace Berth.Runtime.Queue;

/// <summary>Calls back for each key when its time has come; one timer for all keys. The earliest time asked for a key holds.</summary>
internal sealed class DelayTimer<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action<TKey> _onDue;
    private readonly ITimer _timer;
    private readonly Dictionary<TKey, long> _due = [];

    // Holds entries that were cancelled or brought forward until their time comes: an entry counts only when _due says the same.
    private readonly PriorityQueue<TKey, long> _order = new();
    private long _armedFor = long.MaxValue;

    public DelayTimer(TimeProvider time, Action<TKey> onDue)
    {
        _time = time;
        _onDue = onDue;
        _timer = time.CreateTimer(static state => ((DelayTimer<TKey>)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Set(TKey key, TimeSpan delay)
    {
        var due = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
        lock (_lock)
        {
            if (_due.TryGetValue(key, out var earlier) && earlier <= due)
            {
                return;
            }

            _due[key] = due;
            _order.Enqueue(key, due);
            Arm();
        }
    }

    public void Cancel(TKey key)
    {
        lock (_lock)
        {
            _due.Remove(key);

            // Cancelled entries must not pile up under keys that are woken long before their time.
            if (_order.Count > 64 && _order.Count > 2 * _due.Count)
            {
                Compact();
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        List<TKey> fired = [];
        lock (_lock)
        {
            _armedFor = long.MaxValue;
            var now = _time.GetTimestamp();
            while (_order.TryPeek(out var key, out var due) && due <= now)
            {
                _order.Dequeue();
                if (_due.TryGetValue(key, out var wanted) && wanted == due)
                {
                    _due.Remove(key);
                    fired.Add(key);
                }
            }

            Arm();
        }

        // Outside the lock: the queue calls us under its own.
        foreach (var key in fired)
        {
            _onDue(key);
        }
    }

    private void Arm()
    {
        if (_order.TryPeek(out _, out var next) && next < _armedFor)
        {
            _armedFor = next;
            var wait = TimeSpan.FromSeconds(Math.Max(0, next - _time.GetTimestamp()) / (double)_time.TimestampFrequency);

            // Timers count whole milliseconds; rounded up, so that the key is due when it fires.
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private void Compact()
    {
        _order.Clear();
        _order.EnqueueRange(_due.Select(pair => (pair.Key, pair.Value)));
    }
}
