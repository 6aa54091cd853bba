using System.Collections.Concurrent;
using Berth.Kubernetes;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Domains of this cluster that go on although no VM is known to have given them to this node.</summary>
internal sealed class StrayDomains
{
    private readonly ConcurrentDictionary<ObjectKey, (Guid Id, StrayDecision Decision)> _strays = new();
    private readonly ConcurrentDictionary<Guid, long> _removed = new();

    /// <summary>One was found, or has gone.</summary>
    public event Action? Changed;

    /// <summary>UUIDs of the domains that are left running.</summary>
    public IReadOnlySet<Guid> Left => _strays.Values.Where(stray => stray.Decision is StrayDecision.Orphan or StrayDecision.Remove or StrayDecision.Leave).Select(stray => stray.Id).ToHashSet();

    /// <summary>The names under which these domains were found.</summary>
    public IReadOnlyList<ObjectKey> Keys => [.. _strays.Keys];

    /// <summary>True when the domain with this UUID that this agent removed last had this epoch. An older one says nothing about a start under a later binding.</summary>
    public bool WasRemoved(Guid id, long epoch) => _removed.TryGetValue(id, out var removed) && removed == epoch;

    /// <summary>The domain that bore the name of <paramref name="key"/> was removed. Remembered for the release record that asks for it, where there is one.</summary>
    public void Removed(ObjectKey key, Guid id, long epoch, bool isRecorded)
    {
        if (isRecorded)
        {
            _removed[id] = epoch;
        }

        _strays.TryRemove(key, out _);
        Changed?.Invoke();
    }

    /// <summary>The release record of the domain with this UUID has been taken out: nobody will ask for it again.</summary>
    public void Forget(Guid id) => _removed.TryRemove(id, out _);

    /// <summary>What was decided about the domain that bears the name of <paramref name="key"/>; true when that is news.</summary>
    public bool Note(ObjectKey key, Domain domain, StrayDecision decision)
    {
        if (decision is StrayDecision.Held)
        {
            Clear(key);
            return false;
        }

        if (!_strays.TryGetValue(key, out var known) || known != (domain.Id, decision))
        {
            _strays[key] = (domain.Id, decision);
            Changed?.Invoke();
            return true;
        }

        return false;
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
