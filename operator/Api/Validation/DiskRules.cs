namespace Berth.Api;

/// <summary>Rules of <c>spec.disks</c>.</summary>
internal static class DiskRules
{
    private const string Field = "spec.disks";
    private const int MaxDisks = 64;

    public static void Check(VirtualMachineSpec spec, FieldFindings findings)
    {
        findings.AtMost(Field, spec.Disks, MaxDisks);
        var (names, bootOrders) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<int>());
        foreach (var (disk, path) in FieldPath.Items(Field, spec.Disks))
        {
            if (disk is null)
            {
                findings.Invalid(path, "is null; remove it.");
                continue;
            }

            // 20 characters: the guest sees the name as a virtio serial number, which has no more.
            findings.ItemName($"{path}.name", disk.Name, 20, names);
            CheckSource(path, disk, findings);
            CheckTemplate($"{path}.template", disk.Template, findings);
            if (disk.Volume is { } volume)
            {
                findings.ObjectName($"{path}.volume.name", volume.Name, "a StorageVolume", required: true);
            }

            CheckBus(path, disk, findings);
            CheckBootOrder($"{path}.bootOrder", disk.BootOrder, bootOrders, findings);
        }
    }

    /// <summary>Two disks on one volume, named or made from a template, would destroy it.</summary>
    public static void CheckVolumesDiffer(string? machine, VirtualMachineSpec spec, FieldFindings findings)
    {
        var volumes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (disk, path) in FieldPath.Items(Field, spec.Disks).OrderBy(disk => disk.Item?.Template is null))
        {
            var volume = disk?.Template is not null ? $"{machine}-{disk.Name}" : disk?.Volume?.Name;
            if (!string.IsNullOrEmpty(volume) && !volumes.Add(volume) && disk?.Volume is not null)
            {
                findings.Invalid($"{path}.volume.name", $"{FieldText.Quoted(volume)} is another disk of this VM; a volume can be one disk only.");
            }
        }
    }

    private static void CheckSource(string path, Disk disk, FieldFindings findings)
    {
        object?[] sources = [disk.Template, disk.Volume, disk.Ephemeral, disk.Cdrom];
        if (sources.Count(source => source is not null) != 1)
        {
            findings.Invalid(path, "must have exactly one of template, volume, ephemeral and cdrom.");
        }

        if (disk.Ephemeral is not null)
        {
            findings.NotSupported($"{path}.ephemeral", "a disk that lives only as long as the VM runs");
        }

        if (disk.Cdrom is { } cdrom)
        {
            findings.ObjectName($"{path}.cdrom.image", cdrom.Image, "an Image of type iso", required: true);
        }
    }

    private static void CheckTemplate(string path, DiskTemplate? template, FieldFindings findings)
    {
        if (template is null)
        {
            return;
        }

        findings.ObjectName($"{path}.pool", template.Pool, "a StoragePool", required: false);
        findings.ObjectName($"{path}.image", template.Image, "an Image of type disk", required: false);
        if (template.Size is { } size)
        {
            findings.DiskSize($"{path}.size", size);
        }
        else if (string.IsNullOrEmpty(template.Image))
        {
            findings.Invalid($"{path}.size", "is missing; a blank disk needs a size, such as 20Gi.");
        }
    }

    private static void CheckBus(string path, Disk disk, FieldFindings findings)
    {
        findings.OneOf($"{path}.bus", disk.Bus, "virtio", "scsi", "sata");
        if (disk.Cdrom is not null && disk.Bus == "virtio")
        {
            findings.Invalid($"{path}.bus", "a cdrom cannot be on virtio; use sata or scsi.");
        }
    }

    private static void CheckBootOrder(string path, int? bootOrder, HashSet<int> bootOrders, FieldFindings findings)
    {
        if (bootOrder is not { } order)
        {
            return;
        }

        findings.Range(path, order, 1, 1024);
        if (!bootOrders.Add(order))
        {
            findings.Invalid(path, $"{order} is the boot order of another disk; the numbers must differ.");
        }
    }
}
