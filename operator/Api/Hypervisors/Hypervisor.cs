using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>One node as Berth sees it. Made by the node's agent; its heartbeat is the Lease hypervisor-NODE, not this object.</summary>
[KubernetesEntity(Group = BerthApi.Group, ApiVersion = BerthApi.Version, Kind = "Hypervisor", PluralName = "hypervisors")]
[EntityScope(EntityScope.Cluster)]
[KubernetesEntityShortNames("hv")]
[EntityCategories("berth")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", Description = "Whether the node can run VMs")]
[PrinterColumn(".status.accelerator.type", "Accelerator", Description = "kvm, tcg or none")]
[PrinterColumn(".status.domains.running", "Running", "integer", Description = "Running domains of VirtualMachines")]
[PrinterColumn(".status.capacity.cpus", "CPUs", "integer")]
[PrinterColumn(".status.capacity.memory", "Memory")]
[PrinterColumn(".status.versions.libvirt", "libvirt", Wide = true)]
[PrinterColumn(".status.versions.qemu", "QEMU", Wide = true)]
[PrinterColumn(".status.versions.agent", "Agent", Wide = true)]
[PrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record Hypervisor : IKubernetesObject<V1ObjectMeta>, ISpec<HypervisorSpec>, IStatus<HypervisorStatus>, IUnknownFields
{
    /// <summary>berth.dev/v1alpha1.</summary>
    public string? ApiVersion { get; set; } = BerthApi.Group + "/" + BerthApi.Version;

    /// <summary>Hypervisor.</summary>
    public string? Kind { get; set; } = "Hypervisor";

    /// <summary>Standard object metadata; the name is the node's.</summary>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What administrators say about the node.</summary>
    public HypervisorSpec Spec { get; set; } = new();

    /// <summary>What the node's agent says about it.</summary>
    public HypervisorStatus? Status { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<string> UnknownFields { get; set; } = [];
}

/// <summary>What administrators say about a node.</summary>
public sealed record HypervisorSpec
{
    /// <summary>A person's word that the machine is off: the boot id in status.bootId. Holds for that boot alone. While the agent is silent too, VMs that can run elsewhere are released on the node's behalf.</summary>
    [Length(maxLength: 64)]
    public string? Fenced { get; set; }

    /// <summary>A person's word that these orphans are no longer wanted: UUIDs as in status.orphans. Each is shut down and removed if it is an orphan when its turn comes; take it out of the list afterwards.</summary>
    [Items(maxItems: 100)]
    public IList<string>? RemoveOrphans { get; set; }
}
