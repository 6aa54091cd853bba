using System.Collections.Concurrent;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.VirtualMachines;

/// <summary>How long an object may name what does not exist before that is its own fault: things are applied together, and in any order.</summary>
internal sealed class ReferenceGrace(TimeProvider time)
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, long> _missingSince = new(StringComparer.Ordinal);

    /// <summary>Continue while nothing is missing; else a Wait for the time of grace and a Stall after it.</summary>
    /// <param name="uid">UID of the object that names the others.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="conditions">Its live conditions: what was stalled for this reason before a restart stays so.</param>
    /// <param name="missing">A sentence for each missing object.</param>
    public StepResult Check(string uid, long? generation, IEnumerable<Condition>? conditions, IReadOnlyCollection<string> missing)
    {
        if (missing.Count == 0)
        {
            _missingSince.TryRemove(uid, out _);
            return StepResult.Continue;
        }

        var message = string.Join(' ', missing);
        var left = Length - time.GetElapsedTime(_missingSince.GetOrAdd(uid, _ => time.GetTimestamp()));
        var wasStalled = conditions.Find(ConditionTypes.Stalled) is { Reason: ConditionReasons.ReferenceNotFound } stalled && stalled.ObservedGeneration == generation;
        return left > TimeSpan.Zero && !wasStalled
            ? StepResult.Wait(ConditionReasons.ReferenceNotFound, message, left)
            : StepResult.Stall(ConditionReasons.ReferenceNotFound, message);
    }

    /// <summary>The object is gone.</summary>
    public void Forget(string uid) => _missingSince.TryRemove(uid, out _);
}
