using System.Globalization;

namespace Berth.NodeAgent.Preflight;

/// <summary>Reads how the kernel is set up from its files; the root is another folder in tests. What cannot be read counts as not there.</summary>
internal sealed class KernelFiles(string root = "/")
{
    /// <summary>Flags of the first CPU, such as <c>vmx</c>.</summary>
    public IReadOnlySet<string> CpuFlags()
    {
        // The kernel writes a part for each CPU, and asks that CPU: no more is read than the first.
        var line = Line("proc/cpuinfo", "flags") ?? "";
        return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether a driver is there, loaded as a module or built in: one that is built in may show only by the device that it registers.</summary>
    public bool HasDriver(string name) =>
        Directory.Exists(Path.Combine(root, "sys/module", name.Replace('-', '_'))) || Directory.Exists(Path.Combine(root, "sys/class/misc", name));

    /// <summary>A module's parameter that is on or off; null where there is none.</summary>
    public bool? Parameter(string module, string name) => Line($"sys/module/{module}/parameters/{name}")?.Trim() switch
    {
        "Y" or "1" => true,
        "N" or "0" => false,
        _ => null,
    };

    /// <summary>Whether an IOMMU has devices in groups: without a group none can be given to a guest.</summary>
    public bool HasIommu()
    {
        var groups = Path.Combine(root, "sys/kernel/iommu_groups");
        return Directory.Exists(groups) && Directory.EnumerateFileSystemEntries(groups).Any();
    }

    /// <summary>How many requests of asynchronous I/O all processes together may set up; null where the kernel does not say.</summary>
    public long? AsynchronousIoLimit() => long.TryParse(Line("proc/sys/fs/aio-max-nr"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;

    // The first that starts so; reads no further.
    private string? Line(string path, string start = "")
    {
        try
        {
            return File.ReadLines(Path.Combine(root, path)).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
