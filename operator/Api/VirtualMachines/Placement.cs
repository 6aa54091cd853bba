using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Where a VM may run, in the words of a pod's spec.</summary>
public sealed record Placement
{
    /// <summary>Labels that the node must have.</summary>
    public IDictionary<string, string>? NodeSelector { get; set; }

    /// <summary>Attraction to nodes, and to or from berths of other VMs (select them by the label berth.dev/vm).</summary>
    public V1Affinity? Affinity { get; set; }

    /// <summary>Taints that the VM tolerates, besides those that every berth does.</summary>
    public IList<V1Toleration>? Tolerations { get; set; }

    /// <summary>How evenly berths are spread over zones or nodes.</summary>
    public IList<V1TopologySpreadConstraint>? TopologySpreadConstraints { get; set; }

    /// <summary>PriorityClass of the berth.</summary>
    [Length(maxLength: 253)]
    public string? PriorityClassName { get; set; }

    /// <summary>Scheduler of the berth. Default: default-scheduler.</summary>
    [Length(maxLength: 253)]
    public string? SchedulerName { get; set; }
}
