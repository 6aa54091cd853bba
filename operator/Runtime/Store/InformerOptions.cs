using Berth.Kubernetes;

namespace Berth.Runtime.Store;

/// <summary>What an informer follows, and how.</summary>
public sealed record InformerOptions<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>One namespace; null for all.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>Objects per list request. Default 500.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Takes what nobody reads off each object before it is kept; <c>managedFields</c> never gets this far.</summary>
    public Func<T, T>? Transform { get; init; }

    /// <summary>The server ends each watch after this long, up to twice as long by chance. Default 5 min.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watch that says nothing, not even a bookmark, for this long is cut and resumed. Default 3 min; servers send bookmarks about every minute.</summary>
    public TimeSpan SilenceBound { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Waits after failures: the first, and the most. Default 0.2 s to 30 s.</summary>
    public TimeSpan MinBackOff { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MaxBackOff { get; init; } = TimeSpan.FromSeconds(30);
}
