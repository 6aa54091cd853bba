using System.Diagnostics.CodeAnalysis;

namespace Berth.Runtime.Events;

/// <summary>Values by key that are dropped once they are idle, and the longest unused ones also when there are too many. Not thread-safe.</summary>
internal sealed class Recent<TKey, TValue>(int max, Func<TValue, bool> isIdle, Func<TValue, long> lastUsed)
    where TKey : notnull
{
    private const int FirstSweep = 128;

    private readonly Dictionary<TKey, TValue> _values = [];
    private int _nextSweep = Math.Min(FirstSweep, max);

    public int Count => _values.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => _values.TryGetValue(key, out value);

    public TValue GetOrAdd(TKey key, Func<TValue> create)
    {
        if (!_values.TryGetValue(key, out var value))
        {
            if (_values.Count >= _nextSweep)
            {
                Sweep();
            }

            _values[key] = value = create();
        }

        return value;
    }

    // Seldom enough that an entry is looked at a bounded number of times.
    private void Sweep()
    {
        Remove(_values.Where(pair => isIdle(pair.Value)));
        if (_values.Count >= max)
        {
            Remove(_values.OrderBy(pair => lastUsed(pair.Value)).Take(max / 2));
        }

        _nextSweep = Math.Min(max, Math.Max(FirstSweep, 2 * _values.Count));
    }

    private void Remove(IEnumerable<KeyValuePair<TKey, TValue>> entries)
    {
        foreach (var (key, _) in entries.ToArray())
        {
            _values.Remove(key);
        }
    }
}
