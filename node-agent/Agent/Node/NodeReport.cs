using Berth.Api;

namespace Berth.NodeAgent.Node;

/// <summary>What this node's controllers know of its pools, images and networks: the one place that the Hypervisor's status and the VMs' reconciler read.</summary>
/// <remarks>Thread-safe. Subscribers of <see cref="Changed"/> are called on the reporter's thread and must only wake a key.</remarks>
internal sealed class NodeReport
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, NodePoolStatus> _pools = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Name, string Pool), NodeImageStatus> _images = [];
    private readonly SortedDictionary<string, NodeNetworkStatus> _networks = new(StringComparer.Ordinal);

    /// <summary>Something other than a figure changed: a pool, image or network appeared, went, or changed its state.</summary>
    public event Action<NodeReportItem>? Changed;

    public IReadOnlyList<NodePoolStatus> Pools => Copy(_pools.Values);

    public IReadOnlyList<NodeImageStatus> Images => Copy(_images.Values);

    public IReadOnlyList<NodeNetworkStatus> Networks => Copy(_networks.Values);

    public NodePoolStatus? Pool(string name) => Find(_pools, name);

    public NodeImageStatus? Image(string name, string pool) => Find(_images, (name, pool));

    public NodeNetworkStatus? Network(string name) => Find(_networks, name);

    public void Report(NodePoolStatus pool) =>
        Put(_pools, pool.Name, pool, new(NodeReportKind.Pool, pool.Name), (left, right) => left with { Capacity = null, Free = null } == right with { Capacity = null, Free = null });

    public void Report(NodeImageStatus image) =>
        Put(_images, (image.Name, image.Pool), image, new(NodeReportKind.Image, image.Name), (left, right) => left == right);

    public void Report(NodeNetworkStatus network) =>
        Put(_networks, network.Name, network, new(NodeReportKind.Network, network.Name), (left, right) => left == right);

    public void RemovePool(string name) => Remove(_pools, name, new(NodeReportKind.Pool, name));

    public void RemoveImage(string name, string pool) => Remove(_images, (name, pool), new(NodeReportKind.Image, name));

    public void RemoveNetwork(string name) => Remove(_networks, name, new(NodeReportKind.Network, name));

    private void Put<TKey, TValue>(SortedDictionary<TKey, TValue> items, TKey key, TValue value, NodeReportItem item, Func<TValue, TValue, bool> same)
        where TKey : notnull
    {
        bool changed;
        lock (_lock)
        {
            changed = !items.TryGetValue(key, out var old) || !same(old, value);
            items[key] = value;
        }

        if (changed)
        {
            Changed?.Invoke(item);
        }
    }

    private void Remove<TKey, TValue>(SortedDictionary<TKey, TValue> items, TKey key, NodeReportItem item)
        where TKey : notnull
    {
        bool removed;
        lock (_lock)
        {
            removed = items.Remove(key);
        }

        if (removed)
        {
            Changed?.Invoke(item);
        }
    }

    private TValue? Find<TKey, TValue>(SortedDictionary<TKey, TValue> items, TKey key)
        where TKey : notnull
        where TValue : class
    {
        lock (_lock)
        {
            return items.GetValueOrDefault(key);
        }
    }

    private TValue[] Copy<TValue>(IReadOnlyCollection<TValue> values)
    {
        lock (_lock)
        {
            return [.. values];
        }
    }
}

/// <summary>What a change of the report is about.</summary>
internal enum NodeReportKind
{
    Pool,
    Image,
    Network,
}

/// <summary>Names a reported item; several copies of one image share a name.</summary>
internal readonly record struct NodeReportItem(NodeReportKind Kind, string Name);
