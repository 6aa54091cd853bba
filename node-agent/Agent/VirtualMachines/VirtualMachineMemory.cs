using System.Collections.Concurrent;
using Berth.Kubernetes;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What the reconciler remembers between passes. Losing all of it loses time, never a guest.</summary>
internal sealed class VirtualMachineMemory(MissingReferences missing)
{
    private readonly ConcurrentDictionary<Guid, string> _lastFailures = new();

    /// <summary>Wakes a VM's key after a delay; set by whoever has the queue.</summary>
    public Action<ObjectKey, TimeSpan> WakeAfter { get; set; } = static (_, _) => { };

    /// <summary>Guests that were asked to shut down.</summary>
    public GracefulShutdown Shutdowns { get; } = new();

    /// <summary>Pauses between the starts of guests that keep ending.</summary>
    public StartBackOff BackOff { get; } = new();

    /// <summary>Pauses between starts that libvirt refuses.</summary>
    public StartBackOff StartFailures { get; } = new();

    /// <summary>Guests that their storage stopped.</summary>
    public StorageStops StorageStops { get; } = new();

    /// <summary>Domains that their VMs are not known to have given to this node.</summary>
    public StrayDomains Strays { get; } = new();

    /// <summary>True when the domain's last failure was another one.</summary>
    public bool IsNews(Guid id, string failure)
    {
        var isNews = !_lastFailures.TryGetValue(id, out var last) || last != failure;
        _lastFailures[id] = failure;
        return isNews;
    }

    /// <summary>The VM has left the node.</summary>
    public void Forget(Guid id)
    {
        Shutdowns.Forget(id);
        BackOff.Forget(id);
        StartFailures.Forget(id);
        StorageStops.Forget(id);
        missing.Forget(id);
        _lastFailures.TryRemove(id, out _);
    }
}
