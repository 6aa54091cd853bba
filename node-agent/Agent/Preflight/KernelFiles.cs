using System.Globalization;

namespace Berth.NodeAgent.Preflight;

/// <summary>Reads how the kernel is set up from its files; the root is another folder in tests. What cannot be read counts as not there.</summary>
internal sealed class KernelFiles(string root = "/")
{
    /// <summary>Flags of the first CPU, such as <c>vmx</c>.</summary>
    public IReadOnlySet<string> CpuFlags()
    {
        var line = Lines("proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "";
        return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether a driver is there, loaded as a module or built in: one that is built in may show only by the device that it registers.</summary>
    public bool HasDriver(string name) =>
        Directory.Exists(Path.Combine(root, "sys/module", name.Replace('-', '_'))) || Directory.Exists(Path.Combine(root, "sys/class/misc", name));

    /// <summary>A module's parameter that is on or off; null where there is none.</summary>
    public bool? Parameter(string module, string name) => Lines($"sys/module/{module}/parameters/{name}").FirstOrDefault()?.Trim() switch
    {
        "Y" or "1" => true,
        "N" or "0" => false,
        _ => null,
    };

    /// <summary>Whether an IOMMU has devices in groups: without a group none can be given to a guest.</summary>
    public bool HasIommu() => Entries("sys/kernel/iommu_groups").Any();

    /// <summary>Huge pages that the kernel holds ready, by their size in KiB; sizes without pages are left out.</summary>
    public IReadOnlyList<(long SizeKib, long Count)> HugePages() =>
    [
        .. from folder in Entries("sys/kernel/mm/hugepages")
           let size = Number(Path.GetFileName(folder)["hugepages-".Length..].Replace("kB", "", StringComparison.Ordinal))
           let count = Number(Lines(Path.Combine(folder, "nr_hugepages")).FirstOrDefault())
           where count > 0
           orderby size
           select (size, count),
    ];

    /// <summary>Whether the kernel merges pages of equal content (KSM).</summary>
    public bool MergesPages() => Lines("sys/kernel/mm/ksm/run").FirstOrDefault()?.Trim() == "1";

    private static long Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private IEnumerable<string> Entries(string path)
    {
        var folder = Path.Combine(root, path);
        return Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder) : [];
    }

    private string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
