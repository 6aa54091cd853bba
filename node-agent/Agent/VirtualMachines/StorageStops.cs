using System.Collections.Concurrent;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Spaces out the tries to let guests go on that their storage stopped: there may be room by all figures, and a quota all the same.</summary>
internal sealed class StorageStops
{
    private readonly StartBackOff _backOff = new();
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _resumed = new();

    /// <summary>How long the guest has to wait yet: not at all the first time, and longer each time that it is stopped again soon.</summary>
    public TimeSpan Left(Guid id, DateTimeOffset now)
    {
        DateTimeOffset? resumed = _resumed.TryGetValue(id, out var time) ? time : null;
        return _backOff.Left(id, $"{resumed:O}", now - resumed, 0, now);
    }

    /// <summary>The guest goes on.</summary>
    public void Resumed(Guid id, DateTimeOffset now) => _resumed[id] = now;

    /// <summary>The VM has left the node.</summary>
    public void Forget(Guid id)
    {
        _backOff.Forget(id);
        _resumed.TryRemove(id, out _);
    }
}
