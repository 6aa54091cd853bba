namespace Berth.NodeAgent.Domains;

/// <summary>Buses that a disk can be on.</summary>
internal static class DiskBuses
{
    public const string Virtio = "virtio";
    public const string Scsi = "scsi";
    public const string Sata = "sata";
}

/// <summary>Names of disk devices in a domain.</summary>
internal static class DiskTargets
{
    /// <summary>The names of disks on these buses, in order: vda, vdb for virtio, sda, sdb for scsi and sata, which share their letters.</summary>
    public static IReadOnlyList<string> For(IEnumerable<string> buses)
    {
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. buses.Select(bus =>
        {
            var prefix = bus == DiskBuses.Virtio ? "vd" : "sd";
            var index = next.GetValueOrDefault(prefix);
            next[prefix] = index + 1;
            return Name(prefix, index);
        })];
    }

    /// <summary>The name at <paramref name="index"/>, from 0: vda to vdz, then vdaa.</summary>
    public static string Name(string prefix, int index)
    {
        var letters = "";
        for (var rest = index; rest >= 0; rest = (rest / 26) - 1)
        {
            letters = (char)('a' + (rest % 26)) + letters;
        }

        return prefix + letters;
    }
}
