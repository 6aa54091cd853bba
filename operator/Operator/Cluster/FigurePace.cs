using System.Collections.Concurrent;
using Berth.Kubernetes;

namespace Berth.Operator.Cluster;

/// <summary>Lets an object's figures be written at most once a minute.</summary>
internal sealed class FigurePace(TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<ObjectKey, long> _written = new();

    /// <summary>How long new figures still have to wait; zero when they may be written.</summary>
    public TimeSpan Left(ObjectKey key)
    {
        var left = _written.TryGetValue(key, out var written) ? Period - time.GetElapsedTime(written) : TimeSpan.Zero;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public void Written(ObjectKey key) => _written[key] = time.GetTimestamp();

    public void Forget(ObjectKey key) => _written.TryRemove(key, out _);
}
