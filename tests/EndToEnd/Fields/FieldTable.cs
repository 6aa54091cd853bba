namespace Berth.EndToEnd.Tests;

/// <summary>Every field of a VirtualMachine's spec and where it shows. A field without an entry fails the walk.</summary>
internal static class FieldTable
{
    private const string Pools = "/var/lib/berth/pools/";

    /// <summary>The table, for a walk whose extra pool has the given name.</summary>
    public static IReadOnlyList<FieldEffect> For(string pool) =>
    [
        .. Lifecycle(),
        .. Compute(),
        .. Disks(pool),
        .. Devices(),
        .. Placement(),
        .. FieldMachines.NotSupported.Keys.Select(field =>
            new FieldEffect(field, FieldMachines.NameFor(field), seen => seen.IsNotSupported(FieldMachines.NameInMessage(field)))),
    ];

    private static FieldEffect[] Lifecycle() =>
    [
        new("spec.powerState", FieldMachines.Stopped, seen => seen.Machine.Text("status.state") == "Stopped" && seen.Machine.IsReady && seen.Berth is null),
        new("spec.restartPolicy", FieldMachines.Never, seen => seen.Machine.Text("status.completion.reason") == "Shutdown" && seen.Berth is null),
        new("spec.restartedAt", FieldMachines.Full, seen => seen.Machine.Text("status.restartedAt") == "2026-01-01T00:00:00Z"),
        // Seen after all were asked to stop and the one without grace has stopped.
        new("spec.terminationGracePeriodSeconds", FieldMachines.Patient, seen => seen.Machine.Text("status.state") == "Stopping" && seen.Domain is not null),
    ];

    private static FieldEffect[] Compute() =>
    [
        new("spec.cpu.sockets", FieldMachines.Full, seen => seen.DomainHas("/domain/cpu/topology[@sockets='2']") && seen.DomainHas("/domain/vcpu[.='12']")),
        new("spec.cpu.cores", FieldMachines.Full, seen => seen.DomainHas("/domain/cpu/topology[@cores='3']")),
        new("spec.cpu.threads", FieldMachines.Full, seen => seen.DomainHas("/domain/cpu/topology[@threads='2']")),
        new("spec.cpu.model", FieldMachines.Full, seen => seen.DomainHas("/domain/cpu[@mode='custom']/model[.='Penryn']")),
        new("spec.cpu.features[].name", FieldMachines.Full, seen => seen.DomainHas("/domain/cpu/feature[@name='svm']")),
        new("spec.cpu.features[].policy", FieldMachines.Full, seen => seen.DomainHas("/domain/cpu/feature[@name='svm'][@policy='disable']")),
        new("spec.memory.size", FieldMachines.Full, seen => seen.DomainHas($"/domain/memory[@unit='KiB'][.='{72 * 1024}']")),
        new("spec.firmware.kernel.image", FieldMachines.Kernel, seen => seen.DomainHas($"/domain/os/kernel[starts-with(., '{Pools}')]")),
        new("spec.firmware.kernel.initrd", FieldMachines.Kernel, seen => seen.DomainHas($"/domain/os/initrd[starts-with(., '{Pools}')]")),
        new("spec.firmware.kernel.cmdline", FieldMachines.Kernel, seen => seen.DomainHas("/domain/os/cmdline[.='console=ttyS0 walk=<1&2>']")),
    ];

    private static FieldEffect[] Disks(string pool) =>
    [
        new("spec.disks[].name", FieldMachines.Full, seen => seen.DomainHas("/domain/devices/disk[serial='first']") && seen.Machine.Text("status.volumes.0.name") == "first"),
        new("spec.disks[].template.pool", FieldMachines.Full, seen => seen.DomainHas($"{Disk("first")}/source[starts-with(@file, '{Pools}{pool}/')]")),
        new("spec.disks[].template.image", FieldMachines.Full, seen => seen.DomainHas($"{Disk("first")}/backingStore/source[contains(@file, '/image-sha256-')]")),
        new("spec.disks[].template.size", FieldMachines.Full, seen => seen.Machine.Text("volume.status.capacity") == "8Mi"),
        new("spec.disks[].volume.name", FieldMachines.Full, seen => seen.DomainHas($"{Disk("second")}/source[contains(@file, '.own.')]")),
        new("spec.disks[].cdrom.image", FieldMachines.Full, seen => seen.DomainHas($"{Disk("third")}[@device='cdrom']/source[contains(@file, '/image-sha256-')]")),
        new("spec.disks[].bus", FieldMachines.Full, seen => seen.DomainHas($"{Disk("first")}/target[@bus='scsi']")),
        new("spec.disks[].bootOrder", FieldMachines.Full, seen => seen.DomainHas($"{Disk("first")}/boot")),
    ];

    private static FieldEffect[] Devices() =>
    [
        new("spec.interfaces[].name", FieldMachines.Full, seen => seen.Machine.Text("status.interfaces.0.name") == "lan"),
        new("spec.interfaces[].network", FieldMachines.Full, seen => seen.DomainHas("/domain/devices/interface/source[@network='berth-default']")),
        new("spec.interfaces[].model", FieldMachines.Full, seen => seen.DomainHas("/domain/devices/interface/model[@type='rtl8139']")),
        new("spec.interfaces[].mac", FieldMachines.Full, seen => seen.DomainHas($"/domain/devices/interface/mac[@address='{FieldMachines.Mac}']")),
        new("spec.cloudInit.userData", FieldMachines.Full, seen => seen.Seed?.Contains(FieldMachines.UserData, StringComparison.Ordinal) == true),
        new("spec.cloudInit.userDataSecretRef.name", FieldMachines.Kernel, seen => seen.Seed?.Contains(FieldMachines.SecretText, StringComparison.Ordinal) == true),
        new("spec.cloudInit.userDataSecretRef.key", FieldMachines.Kernel, seen => seen.Seed?.Contains(FieldMachines.SecretText, StringComparison.Ordinal) == true),
        new("spec.cloudInit.networkData", FieldMachines.Full, seen => seen.Seed?.Contains(FieldMachines.NetworkData, StringComparison.Ordinal) == true),
    ];

    private static FieldEffect[] Placement() =>
    [
        Placed("spec.placement.nodeSelector{}", "nodeSelector"),
        Placed("spec.placement.affinity.**", "affinity"),
        Placed("spec.placement.tolerations[].**", "tolerations"),
        Placed("spec.placement.topologySpreadConstraints[].**", "topologySpreadConstraints"),
        Placed("spec.placement.priorityClassName", "priorityClassName"),
        Placed("spec.placement.schedulerName", "schedulerName"),
    ];

    private static FieldEffect Placed(string path, string field) =>
        new(path, FieldMachines.Placed, seen => PlacementManifest.IsPartOf(seen.Machine.At($"spec.placement.{field}"), seen.Berth?.At($"spec.{field}")));

    private static string Disk(string serial) => $"/domain/devices/disk[serial='{serial}']";
}
