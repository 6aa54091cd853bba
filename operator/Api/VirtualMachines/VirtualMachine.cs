using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>A virtual machine: a domain of a node's own libvirt, whose place is held by a pod (its berth).</summary>
[KubernetesEntity(Group = BerthApi.Group, ApiVersion = BerthApi.Version, Kind = "VirtualMachine", PluralName = "virtualmachines")]
[EntityName(63, Pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
[KubernetesEntityShortNames("vm", "vms")]
[EntityCategories("berth", "all")]
[PrinterColumn(".status.state", "State", Description = "What the VM is doing, in one word")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", Description = "Whether the VM is as its spec asks")]
[PrinterColumn(".status.nodeName", "Node", Description = "The node that runs the VM")]
[PrinterColumn(".status.interfaces[0].ips[0]", "Address", Description = "First address of the first interface")]
[PrinterColumn(".spec.cpu.cores", "Cores", "integer", Wide = true, Description = "Cores per socket")]
[PrinterColumn(".spec.memory.size", "Memory", Wide = true, Description = "Memory of the guest")]
[PrinterColumn(".status.conditions[?(@.type==\"Ready\")].reason", "Reason", Wide = true, Description = "Why it is ready or not")]
[PrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record VirtualMachine : IKubernetesObject<V1ObjectMeta>, ISpec<VirtualMachineSpec>, IStatus<VirtualMachineStatus>, IUnknownFields
{
    /// <summary>berth.dev/v1alpha1.</summary>
    public string? ApiVersion { get; set; } = BerthApi.Group + "/" + BerthApi.Version;

    /// <summary>VirtualMachine.</summary>
    public string? Kind { get; set; } = "VirtualMachine";

    /// <summary>Standard object metadata; the name is a DNS label of at most 63 characters.</summary>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The VM as it should be. Berth never writes it.</summary>
    [Required]
    public VirtualMachineSpec Spec { get; set; } = new();

    /// <summary>The VM as it is. Only Berth writes it.</summary>
    public VirtualMachineStatus? Status { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<string> UnknownFields { get; set; } = [];
}
