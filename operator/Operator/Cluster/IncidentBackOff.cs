namespace Berth.Operator.Cluster;

/// <summary>Delays that double with each new incident of a key, and start anew when the key has been quiet for a while.</summary>
/// <remarks>An incident that is reported again does not count again: a pass may run any number of times.</remarks>
internal sealed class IncidentBackOff<TKey>(TimeSpan first, TimeSpan longest, TimeSpan quiet, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Row> _rows = [];

    /// <summary>How long to wait from now on before the next try after this incident; zero when that time is over.</summary>
    public TimeSpan Left(TKey key, string incident)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var row = _rows.GetValueOrDefault(key);
            if (row.Incident != incident)
            {
                var count = row.Count > 0 && time.GetElapsedTime(row.Since, now) < row.Delay + quiet ? row.Count + 1 : 1;
                row = new Row(incident, count, now, DelayAfter(count));
                Forget(now);
                _rows[key] = row;
            }

            var left = row.Delay - time.GetElapsedTime(row.Since, now);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    private TimeSpan DelayAfter(int count)
    {
        var ticks = first.Ticks * Math.Pow(2, Math.Min(count - 1, 32));
        return ticks >= longest.Ticks ? longest : TimeSpan.FromTicks((long)ticks);
    }

    // Now and then, so that keys which never come back do not stay for ever.
    private void Forget(long now)
    {
        if (_rows.Count < 256 || (_rows.Count & 255) != 0)
        {
            return;
        }

        foreach (var (key, _) in _rows.Where(pair => time.GetElapsedTime(pair.Value.Since, now) > pair.Value.Delay + quiet).ToList())
        {
            _rows.Remove(key);
        }
    }

    private readonly record struct Row(string? Incident, int Count, long Since, TimeSpan Delay);
}
