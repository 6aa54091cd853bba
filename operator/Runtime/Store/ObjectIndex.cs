using Berth.Kubernetes;

namespace Berth.Runtime.Store;

/// <summary>Objects by a computed value. Not safe for concurrent use: the store's lock guards it.</summary>
internal sealed class ObjectIndex<T>(Func<T, IEnumerable<string>?> valuesOf)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Dictionary<string, Dictionary<ObjectKey, T>> _byValue = new(StringComparer.Ordinal);

    public IReadOnlyList<T> Find(string value) => _byValue.TryGetValue(value, out var found) ? [.. found.Values] : [];

    public void Change(T? old, T? entity)
    {
        foreach (var value in old is null ? [] : valuesOf(old) ?? [])
        {
            if (_byValue.TryGetValue(value, out var bucket) && bucket.Remove(old!.Key()) && bucket.Count == 0)
            {
                _byValue.Remove(value);
            }
        }

        if (entity is null)
        {
            return;
        }

        foreach (var value in valuesOf(entity) ?? [])
        {
            if (!_byValue.TryGetValue(value, out var bucket))
            {
                _byValue[value] = bucket = [];
            }

            bucket[entity.Key()] = entity;
        }
    }
}
