using Berth.Kubernetes;

namespace Berth.Runtime.Store;

/// <summary>Objects by key, with indexes and subscribers. The informer feeds it; the rules of what replaces what are here.</summary>
internal sealed class ObjectStore<T>(bool addsObserved, string? onlyNamespace)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, T> _objects = [];
    private readonly Dictionary<string, ObjectIndex<T>> _indexes = new(StringComparer.Ordinal);
    private Action<ObjectChange<T>>? _subscribers;
    private string? _seenVersion;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _objects.Count;
            }
        }
    }

    public T? Get(ObjectKey key)
    {
        lock (_lock)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    public IReadOnlyList<T> List(string? @namespace)
    {
        lock (_lock)
        {
            return @namespace is null ? [.. _objects.Values] : [.. _objects.Values.Where(entity => entity.Namespace() == @namespace)];
        }
    }

    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        lock (_lock)
        {
            return _indexes.TryGetValue(index, out var found) ? found.Find(value) : throw new InvalidOperationException($"There is no index \"{index}\".");
        }
    }

    public void AddIndex(string index, Func<T, IEnumerable<string>?> valuesOf)
    {
        lock (_lock)
        {
            var added = new ObjectIndex<T>(valuesOf);
            _indexes.Add(index, added);
            foreach (var entity in _objects.Values)
            {
                added.Change(null, entity);
            }
        }
    }

    public IDisposable Subscribe(Action<ObjectChange<T>> onChange)
    {
        // Under the lock: nothing may change between the replay and the first change.
        lock (_lock)
        {
            foreach (var entity in _objects.Values)
            {
                onChange(new ObjectChange<T>(null, entity));
            }

            _subscribers += onChange;
        }

        return new Subscription(this, onChange);
    }

    /// <summary>An own write's result. It stays away when the watch has already been past its version: it was deleted since.</summary>
    public void Observe(T entity)
    {
        lock (_lock)
        {
            var key = entity.Key();
            if (_objects.TryGetValue(key, out var held))
            {
                if (ResourceVersions.IsOlder(held.Metadata.ResourceVersion, entity.Metadata.ResourceVersion))
                {
                    Put(key, held, entity);
                }
            }
            else if (addsObserved && (onlyNamespace is null || onlyNamespace == key.Namespace)
                && ResourceVersions.IsOlder(_seenVersion, entity.Metadata.ResourceVersion))
            {
                Put(key, null, entity);
            }
        }
    }

    /// <summary>An addition or change from the watch.</summary>
    public void Upsert(T entity)
    {
        lock (_lock)
        {
            var key = entity.Key();
            var held = _objects.GetValueOrDefault(key);
            if (held is null || (!IsSame(held, entity) && !ResourceVersions.IsOlder(entity.Metadata.ResourceVersion, held.Metadata.ResourceVersion)))
            {
                Put(key, held, entity);
            }

            _seenVersion = entity.Metadata.ResourceVersion;
        }
    }

    /// <summary>An object from a list. <paramref name="isAuthoritative"/>: it replaces even what looks newer, since the server went back in time.</summary>
    public void UpsertListed(T entity, bool isAuthoritative)
    {
        lock (_lock)
        {
            var key = entity.Key();
            var held = _objects.GetValueOrDefault(key);
            if (held is null
                || (!IsSame(held, entity) && (isAuthoritative || !ResourceVersions.IsOlder(entity.Metadata.ResourceVersion, held.Metadata.ResourceVersion))))
            {
                Put(key, held, entity);
            }
        }
    }

    /// <summary>A deletion from the watch; ignored where the store holds a newer object of that name.</summary>
    public void Remove(T entity)
    {
        lock (_lock)
        {
            var key = entity.Key();
            if (_objects.TryGetValue(key, out var held) && !ResourceVersions.IsOlder(entity.Metadata.ResourceVersion, held.Metadata.ResourceVersion))
            {
                Put(key, held, null);
            }

            _seenVersion = entity.Metadata.ResourceVersion;
        }
    }

    /// <summary>The end of a list: what it did not hold leaves the store, unless it is newer than the list.</summary>
    public void FinishList(HashSet<ObjectKey> listed, string? listVersion, bool isAuthoritative)
    {
        lock (_lock)
        {
            foreach (var (key, held) in _objects.Where(pair => !listed.Contains(pair.Key)).ToArray())
            {
                if (isAuthoritative || !ResourceVersions.IsOlder(listVersion, held.Metadata.ResourceVersion))
                {
                    Put(key, held, null);
                }
            }

            _seenVersion = listVersion;
        }
    }

    /// <summary>The watch has seen everything up to this version.</summary>
    public void SeenUpTo(string? version)
    {
        lock (_lock)
        {
            _seenVersion = version ?? _seenVersion;
        }
    }

    // As after an own write that was observed: its event brings nothing new.
    private static bool IsSame(T held, T entity) =>
        held.Metadata.ResourceVersion == entity.Metadata.ResourceVersion && held.Metadata.Uid == entity.Metadata.Uid;

    private void Put(ObjectKey key, T? old, T? entity)
    {
        if (entity is null)
        {
            _objects.Remove(key);
        }
        else
        {
            _objects[key] = entity;
        }

        foreach (var index in _indexes.Values)
        {
            index.Change(old, entity);
        }

        _subscribers?.Invoke(new ObjectChange<T>(old, entity));
    }

    private void Unsubscribe(Action<ObjectChange<T>> onChange)
    {
        lock (_lock)
        {
            _subscribers -= onChange;
        }
    }

    private sealed class Subscription(ObjectStore<T> store, Action<ObjectChange<T>> onChange) : IDisposable
    {
        public void Dispose() => store.Unsubscribe(onChange);
    }
}
