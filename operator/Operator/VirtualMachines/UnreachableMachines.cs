using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Hypervisors;

namespace Berth.Operator.VirtualMachines;

/// <summary>Decides when the operator speaks for a VM whose node is silent.</summary>
internal sealed class UnreachableMachines(INodeHeartbeats heartbeats, TimeProvider time)
{
    // Taken over at this pace, so that a large node's loss is not a storm of writes at the worst moment.
    private const int PerSecond = 10;

    // An agent that cannot renew its Lease but still writes statuses is not argued with.
    private const int TriesPerSilence = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Episode, int Tries)> _taken = new(StringComparer.Ordinal);
    private double _tokens = PerSecond;
    private long _refilled = time.GetTimestamp();

    /// <summary>What to say about the VM; null while its agent speaks for it. <paramref name="retry"/>: the pace does not allow it now, look again then.</summary>
    public string? MessageFor(VirtualMachine machine, string node, out TimeSpan? retry)
    {
        retry = null;
        var silence = heartbeats.SilenceOf(node);
        lock (_lock)
        {
            if (silence is not { } current)
            {
                _taken.Remove(machine.Uid());
                return null;
            }

            return IsTaken(machine) || MayTake(machine.Uid(), current.Episode, out retry)
                ? $"The agent of node \"{node}\" has not been heard for more than {HeartbeatRecord.Bound.TotalSeconds:F0} s; what the guest does is not known."
                : null;
        }
    }

    private static bool IsTaken(VirtualMachine machine) =>
        machine.Status?.Conditions.Find(ConditionTypes.Ready) is { Status: ConditionStatus.Unknown, Reason: VirtualMachineReasons.NodeUnreachable };

    private bool MayTake(string uid, long episode, out TimeSpan? retry)
    {
        retry = null;
        var tries = _taken.TryGetValue(uid, out var taken) && taken.Episode == episode ? taken.Tries : 0;
        if (tries >= TriesPerSilence)
        {
            return false;
        }

        var now = time.GetTimestamp();
        _tokens = Math.Min(PerSecond, _tokens + (time.GetElapsedTime(_refilled, now).TotalSeconds * PerSecond));
        _refilled = now;
        if (_tokens < 1)
        {
            retry = TimeSpan.FromSeconds(1);
            return false;
        }

        _tokens--;
        _taken[uid] = (episode, tries + 1);
        return true;
    }
}
