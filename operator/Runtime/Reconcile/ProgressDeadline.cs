using System.Collections.Concurrent;
using Berth.Kubernetes;
using Berth.Runtime.Conditions;

namespace Berth.Runtime.Reconcile;

/// <summary>Tells the waits that have lasted too long to be told as progress. Work on them goes on as ever.</summary>
internal sealed class ProgressDeadline(TimeSpan length, TimeProvider time)
{
    private readonly ConcurrentDictionary<ObjectKey, (long Generation, long Since)> _waits = new();

    /// <summary>True when the object has waited for all of the time, for whatever, since it was last well or its spec last changed.</summary>
    /// <param name="key">The object.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="outcome">How the pass came out.</param>
    /// <param name="live">The live conditions: what was told as stalled before a restart stays so, as long as it waits for the same.</param>
    public bool IsOver(ObjectKey key, long generation, StepResult outcome, IEnumerable<Condition>? live)
    {
        if (outcome is not { IsWait: true, MayLast: false } and not { IsFault: true })
        {
            Forget(key);
            return false;
        }

        var now = time.GetTimestamp();
        var wait = _waits.AddOrUpdate(key, _ => (generation, now), (_, known) => known.Generation == generation ? known : (generation, now));
        return time.GetElapsedTime(wait.Since, now) >= length
            || (live.Find(KstatusConditions.Stalled) is { Status: ConditionStatus.True } told && told.ObservedGeneration == generation && told.Reason == outcome.Reason);
    }

    /// <summary>The object is gone, or waits no more.</summary>
    public void Forget(ObjectKey key) => _waits.TryRemove(key, out _);
}
