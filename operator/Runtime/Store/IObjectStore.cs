using Berth.Kubernetes;

namespace Berth.Runtime.Store;

/// <summary>The objects of one kind as last heard from the API server. Objects are shared: never change one.</summary>
/// <remarks>Safe to use from any thread. The store lags behind the server; what must not be stale is read with the client.</remarks>
public interface IObjectStore<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>True once everything has been listed. False never becomes true again: a reconnect keeps what is there.</summary>
    bool HasSynced { get; }

    int Count { get; }

    /// <summary>Ends when the store has synced.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);

    /// <summary>One object; null when the store does not hold it, which does not prove that it does not exist.</summary>
    T? Get(ObjectKey key);

    /// <summary>All objects, of one namespace where one is named, as they are at this moment and in no order.</summary>
    IReadOnlyList<T> List(string? @namespace = null);

    /// <summary>The objects that the index lists under <paramref name="value"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no index of that name.</exception>
    IReadOnlyList<T> ByIndex(string index, string value);

    /// <summary>Adds an index: the values under which an object is found. Null leaves it out.</summary>
    void AddIndex(string index, Func<T, IEnumerable<string>?> valuesOf);

    /// <summary>Calls back with every change, and first with every object that is there. Calls come one at a time and must be quick.</summary>
    IDisposable Subscribe(Action<ObjectChange<T>> onChange);

    /// <summary>Takes over the object that an own write returned, unless the store already knows a newer one; so that the next reconcile does not see its own past.</summary>
    /// <remarks>A store with a selector takes it over only where it already holds the object.</remarks>
    void Observe(T entity);
}

/// <summary>A change: no <paramref name="Old"/> when the object is new, no <paramref name="New"/> when it left the store.</summary>
/// <remarks>Leaving the store is a hint, not a proof of deletion.</remarks>
public readonly record struct ObjectChange<T>(T? Old, T? New)
    where T : class
{
    /// <summary>The object the change is about.</summary>
    public T Entity => New ?? Old!;
}
