using System.Collections.Concurrent;
using Berth.Kubernetes;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Domains of this cluster that go on although no VM is known to have given them to this node.</summary>
internal sealed class StrayDomains
{
    private readonly ConcurrentDictionary<ObjectKey, (Guid Id, StrayDecision Decision)> _strays = new();

    /// <summary>One was found, or has gone.</summary>
    public event Action? Changed;

    /// <summary>UUIDs of the domains that are left running.</summary>
    public IReadOnlySet<Guid> Left => _strays.Values.Where(stray => stray.Decision is StrayDecision.Orphan or StrayDecision.Leave).Select(stray => stray.Id).ToHashSet();

    /// <summary>What was decided about the domain that bears the name of <paramref name="key"/>.</summary>
    public void Note(ObjectKey key, Domain domain, StrayDecision decision)
    {
        if (decision is StrayDecision.Held)
        {
            Clear(key);
        }
        else if (!_strays.TryGetValue(key, out var known) || known != (domain.Id, decision))
        {
            _strays[key] = (domain.Id, decision);
            Changed?.Invoke();
        }
    }

    /// <summary>There is no such domain any more, or its VM holds it.</summary>
    public void Clear(ObjectKey key)
    {
        if (_strays.TryRemove(key, out _))
        {
            Changed?.Invoke();
        }
    }
}
