using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>The agent's fields of a VM's status, as functions of what a pass knows.</summary>
internal static class VirtualMachineStatuses
{
    /// <summary>Sets the agent's fields; what is not known stays as it is.</summary>
    public static void Compute(VirtualMachineScope scope, StepResult outcome, string node, VirtualMachineStatus desired)
    {
        desired.State = StateOf(scope, outcome);
        if (!scope.DomainIsKnown)
        {
            return;
        }

        desired.Completion = scope.Completion ?? desired.Completion;
        if (scope.IsReleased)
        {
            Release(scope, desired);
        }
        else if (scope.Domain is { IsActive: true } domain && domain.Owner is { } owner)
        {
            desired.NodeName = node;
            desired.StartedAt = owner.StartedAt ?? desired.StartedAt;
            desired.RestartedAt = owner.RestartedAt ?? desired.RestartedAt;
            desired.Restarts = scope.Restarts ?? desired.Restarts;
            desired.Domain = DomainOf(domain);
            desired.Interfaces = InterfacesOf(scope, desired.Interfaces);
            desired.Volumes = VolumesOf(scope);

            // It runs again: how it once ended is the past.
            desired.Completion = null;
        }
        else
        {
            desired.Interfaces = null;
            desired.Domain = Stopped(desired.Domain);
        }
    }

    /// <summary>One word for people.</summary>
    public static string StateOf(VirtualMachineScope scope, StepResult outcome) => scope switch
    {
        { LibvirtIsLost: true } or { DomainIsKnown: false } => VirtualMachineStates.Unknown,
        { IsReleased: true } when scope.Machine.WantsDomain() => VirtualMachineStates.Pending,
        { IsReleased: true } => VirtualMachineStates.Stopped,
        { Domain.State: DomainState.Crashed } => VirtualMachineStates.Crashed,
        { Domain.State: DomainState.ShuttingDown } => VirtualMachineStates.Stopping,
        { Domain.State: DomainState.Paused } => VirtualMachineStates.Paused,
        { Domain.IsActive: true } when outcome.Reason == VirtualMachineReasons.ShuttingDown => VirtualMachineStates.Stopping,
        { Domain.IsActive: true } => VirtualMachineStates.Running,
        { Completion.Reason: CompletionReasons.Crashed } or { Domain.End: DomainEnd.Crashed } => VirtualMachineStates.Crashed,
        { Completion: not null } => VirtualMachineStates.Stopped,
        _ when outcome.IsStall => VirtualMachineStates.Scheduled,
        _ => VirtualMachineStates.Starting,
    };

    private static void Release(VirtualMachineScope scope, VirtualMachineStatus desired)
    {
        desired.ReleasedEpoch = scope.Machine.Epoch();
        desired.NodeName = null;
        desired.Interfaces = null;
        desired.Restarts = null;
        desired.Domain = Stopped(desired.Domain);
    }

    // The machine type is the guest's hardware: it is kept for the next start, wherever that is.
    private static DomainStatus? Stopped(DomainStatus? domain) =>
        domain?.MachineType is { } machineType ? new DomainStatus { Uuid = domain.Uuid, MachineType = machineType } : null;

    private static DomainStatus DomainOf(Domain domain) => new()
    {
        Uuid = domain.Id.ToString(),
        Id = domain.RuntimeId,
        MachineType = domain.Facts.MachineType,
        Accelerator = domain.Facts.Type == "kvm" ? Accelerators.Kvm : Accelerators.Tcg,
        CpuModel = domain.CpuModel ?? domain.Facts.Cpu.Model,
    };

    // Of the running guest, not of the spec: an interface that waits for a restart is not there yet.
    private static List<InterfaceStatus>? InterfacesOf(VirtualMachineScope scope, IList<InterfaceStatus>? live)
    {
        var macs = scope.Domain!.Facts.Interfaces.Select(card => card.Mac).ToHashSet(StringComparer.Ordinal);
        var interfaces = (scope.Machine.Spec.Interfaces ?? [])
            .Select(card => (card.Name, Mac: MacAddress.Of(scope.Machine.Uid(), card)))
            .Where(card => macs.Contains(card.Mac))
            .Select(card => new InterfaceStatus
            {
                Name = card.Name,
                Mac = card.Mac,
                Ips = scope.Addresses is null ? live?.FirstOrDefault(old => old.Mac == card.Mac)?.Ips : AddressesOf(scope, card.Mac),
            })
            .ToList();
        return interfaces.Count == 0 ? null : interfaces;
    }

    private static string[]? AddressesOf(VirtualMachineScope scope, string mac) =>
        scope.Addresses!.TryGetValue(mac, out var addresses) && addresses.Count > 0 ? [.. addresses] : null;

    private static List<DiskStatus>? VolumesOf(VirtualMachineScope scope)
    {
        var targets = scope.Domain!.Facts.Disks.ToLookup(disk => disk.Serial, disk => disk.Target, StringComparer.Ordinal);
        var volumes = (scope.Machine.Spec.Disks ?? [])
            .Where(disk => targets.Contains(disk.Name))
            .Select(disk => new DiskStatus
            {
                Name = disk.Name,
                Volume = disk.Template is null && disk.Volume is null ? null : scope.Machine.VolumeNameOf(disk),
                Target = targets[disk.Name].First(),
            })
            .ToList();
        return volumes.Count == 0 ? null : volumes;
    }
}
