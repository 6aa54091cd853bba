using System.Collections.Concurrent;
using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.Runtime.Hosting;

/// <summary>What <c>/healthz</c> and <c>/readyz</c> answer. A check returns null when all is well, or what is wrong.</summary>
public sealed class HealthChecks
{
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Func<string?>> _liveness = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Func<string?>> _readiness = new(StringComparer.Ordinal);

    public HealthChecks(TimeProvider time, IEnumerable<ReadinessCheck> readiness)
    {
        _time = time;
        foreach (var check in readiness)
        {
            AddReadiness(check.Name, check.Check);
        }
    }

    /// <summary>Adds a check to <c>/healthz</c>; failing it gets the process restarted.</summary>
    public void AddLiveness(string name, Func<string?> check) => _liveness[name] = check;

    /// <summary>Adds a check to <c>/readyz</c>.</summary>
    public void AddReadiness(string name, Func<string?> check) => _readiness[name] = check;

    /// <summary>Adds a loop that must beat at least every <paramref name="bound"/> to be taken for alive.</summary>
    public Watchdog AddWatchdog(string name, TimeSpan bound)
    {
        var watchdog = new Watchdog(bound, _time);
        AddLiveness(name, watchdog.Check);
        return watchdog;
    }

    /// <summary>What is wrong with the process, by check; empty when it is healthy.</summary>
    public IReadOnlyList<string> LivenessFailures() => Failures(_liveness);

    /// <summary>What the process still waits for, by check; empty when it is ready.</summary>
    public IReadOnlyList<string> ReadinessFailures() => Failures(_readiness);

    private static List<string> Failures(ConcurrentDictionary<string, Func<string?>> checks) =>
        [.. checks.Select(check => (check.Key, Failure: check.Value())).Where(check => check.Failure is not null).Select(check => $"{check.Key}: {check.Failure}").Order(StringComparer.Ordinal)];
}

/// <summary>A loop's sign of life.</summary>
public sealed class Watchdog
{
    private readonly TimeSpan _bound;
    private readonly TimeProvider _time;
    private long _lastBeat;

    internal Watchdog(TimeSpan bound, TimeProvider time)
    {
        _bound = bound;
        _time = time;
        Beat();
    }

    public void Beat() => Volatile.Write(ref _lastBeat, _time.GetTimestamp());

    internal string? Check() => _time.GetElapsedTime(Volatile.Read(ref _lastBeat)) is var silent && silent > _bound
        ? $"no sign of life for {silent.TotalSeconds:F0} s"
        : null;
}

/// <summary>A named condition of readiness that is known when services are registered.</summary>
public sealed record ReadinessCheck(string Name, Func<string?> Check)
{
    /// <summary>Waits for a store's first sync.</summary>
    public static ReadinessCheck Of<T>(string name, IObjectStore<T> store)
        where T : class, IKubernetesObject<V1ObjectMeta> => new(name, () => store.HasSynced ? null : "not synced");
}
