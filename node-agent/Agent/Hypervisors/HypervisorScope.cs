using Berth.Api;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Preflight;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>What one pass knows of the node.</summary>
internal sealed class HypervisorScope(Hypervisor hypervisor) : ReconcileScope<Hypervisor>(hypervisor)
{
    /// <summary>What runs guests.</summary>
    public Accelerator? Accelerator { get; set; }

    /// <summary>Why libvirt is not available; null when it is.</summary>
    public string? LibvirtFailure { get; set; }

    /// <summary>Versions of libvirt and QEMU; null when libvirt did not answer.</summary>
    public (string Libvirt, string? Qemu)? Versions { get; set; }

    /// <summary>The node's domains, sorted by whose they are; null when libvirt did not answer.</summary>
    public DomainCensus? Census { get; set; }

    /// <summary>The host's memory and what guests may yet take of it; null when it is not known.</summary>
    public MemoryBalance? Memory { get; set; }

    /// <summary>What could not be set up to spare guests when memory runs short; null when it was not tried.</summary>
    public IReadOnlyList<string>? Unprotected { get; set; }

    /// <summary>How the node is set up; null when it was not looked at.</summary>
    public HostFacts? Facts { get; set; }

    /// <summary>Release records that have served.</summary>
    public IReadOnlyList<ReleaseRecord> Confirmed { get; set; } = [];

    /// <summary>The node's status as this pass would write it, conditions apart.</summary>
    public HypervisorStatus? Fresh { get; set; }
}
