using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.VirtualMachines;
using DomainState = Berth.NodeAgent.VirtualMachines.DomainState;
using Labels = System.Collections.Generic.KeyValuePair<string, object?>[];

namespace Berth.NodeAgent.Metrics;

/// <summary>One VM in a scrape. Labels are made once, for all metrics that carry them.</summary>
internal sealed class MachineFigures
{
    public MachineFigures(VirtualMachine machine, DomainStatistics? guest, DomainJob? job, bool stateIsKnown)
    {
        (Machine, Guest, Job) = (machine, guest, job);
        Labels = [new("namespace", machine.Namespace()), new("name", machine.Name())];
        State = guest?.Status is { } status ? HostDomainStates.StateOf(status) : stateIsKnown && guest is null ? DomainState.Off : null;
        Vcpus = [.. (guest?.Vcpus ?? []).Select(vcpu => (With("vcpu", DomainXml.Text(vcpu.Number)), vcpu))];
        Disks = [.. (guest?.Blocks ?? []).Select(disk => (With("disk", NameOfDisk(disk)), disk))];
        Interfaces = [.. (guest?.Interfaces ?? []).Select((card, i) => (With("interface", NameOfInterface(card, i)), card))];
    }

    public VirtualMachine Machine { get; }

    /// <summary>libvirt's figures; null while the VM does not run here, or libvirt did not answer.</summary>
    public DomainStatistics? Guest { get; }

    /// <summary>The job of a VM that migrates.</summary>
    public DomainJob? Job { get; }

    /// <summary>What the guest does; null when libvirt did not say.</summary>
    public DomainState? State { get; }

    /// <summary>namespace and name.</summary>
    public Labels Labels { get; }

    public IReadOnlyList<(Labels Labels, DomainVcpuStatistics Figures)> Vcpus { get; }

    public IReadOnlyList<(Labels Labels, DomainBlockStatistics Figures)> Disks { get; }

    public IReadOnlyList<(Labels Labels, DomainInterfaceStatistics Figures)> Interfaces { get; }

    public Labels With(string name, string? value) => [.. Labels, new(name, value)];

    // The seed is in no spec and keeps the name of its device.
    private string NameOfDisk(DomainBlockStatistics disk) =>
        Machine.Status?.Volumes?.FirstOrDefault(volume => volume.Target == disk.Name)?.Name ?? disk.Name;

    // libvirt gives them in the domain's order, which is the status's; the host's names change with each start.
    private string NameOfInterface(DomainInterfaceStatistics card, int index) =>
        Machine.Status?.Interfaces is { } known && known.Count == Guest!.Interfaces.Count ? known[index].Name : card.Name;
}
