using Berth.Api;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Remembers since when something that a VM names has not been found: objects applied together arrive in any order, so there is a moment of patience.</summary>
internal sealed class MissingReferences(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid Machine, string Reference), long> _since = [];

    /// <summary>What a missing reference means by now.</summary>
    public Requirement Missing(Guid machine, string reference, string message) => SinceMissing(machine, reference) < Patience
        ? Requirement.Pending(ConditionReasons.ReferenceNotFound, message)
        : Requirement.Hopeless(ConditionReasons.ReferenceNotFound, message);

    /// <summary>What one means that nothing tells of when it appears: it is asked for again, the more seldom the longer it has been missing.</summary>
    public Requirement MissingUntold(Guid machine, string reference, string message) =>
        Missing(machine, reference, message) with { LookAgainAfter = AskAgain(machine, reference) };

    /// <summary>When to ask again: after a quarter of the time that it has been missing, between 1 and 30 s. VMs that wait for the same do not ask in step.</summary>
    public TimeSpan AskAgain(Guid machine, string reference) =>
        TimeSpan.FromSeconds(Math.Clamp(SinceMissing(machine, reference).TotalSeconds / 4, 1, 25) * (1 + (0.2 * Random.Shared.NextDouble())));

    private TimeSpan SinceMissing(Guid machine, string reference)
    {
        lock (_lock)
        {
            if (!_since.TryGetValue((machine, reference), out var since))
            {
                _since[(machine, reference)] = since = time.GetTimestamp();
            }

            return time.GetElapsedTime(since);
        }
    }

    /// <summary>The reference is found.</summary>
    public void Found(Guid machine, string reference)
    {
        lock (_lock)
        {
            _since.Remove((machine, reference));
        }
    }

    /// <summary>The VM has left the node.</summary>
    public void Forget(Guid machine)
    {
        lock (_lock)
        {
            foreach (var key in _since.Keys.Where(key => key.Machine == machine).ToArray())
            {
                _since.Remove(key);
            }
        }
    }
}
