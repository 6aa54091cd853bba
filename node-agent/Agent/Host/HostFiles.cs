namespace Berth.NodeAgent.Host;

/// <summary>Reads facts about the host from its files; the root is another folder in tests.</summary>
internal sealed class HostFiles(string root = "/")
{
    /// <summary>Identifies the machine over its boots; empty when the host has no such file.</summary>
    public string MachineId() => ReadLine("etc/machine-id");

    /// <summary>Identifies the machine's current boot.</summary>
    public string BootId() => ReadLine("proc/sys/kernel/random/boot_id");

    /// <summary>Version of the kernel.</summary>
    public string KernelVersion() => ReadLine("proc/sys/kernel/osrelease");

    /// <summary>Memory of the host in bytes. Not asked of libvirt: its figure is one NUMA cell's on some hosts.</summary>
    public long MemoryBytes() => MemoryLine("MemTotal:");

    /// <summary>Memory in bytes that could be used without swapping.</summary>
    public long AvailableMemoryBytes() => MemoryLine("MemAvailable:");

    /// <summary>Logical CPUs of the host, whatever part of them this process may use.</summary>
    public int CpuCount() => Lines("proc/stat").Count(line => line.StartsWith("cpu", StringComparison.Ordinal) && line.Length > 3 && char.IsAsciiDigit(line[3]));

    /// <summary>True when the host's CPU is Intel's.</summary>
    public bool IsIntel() =>
        Lines("proc/cpuinfo").FirstOrDefault(line => line.StartsWith("vendor_id", StringComparison.Ordinal))?.Contains("GenuineIntel", StringComparison.Ordinal) == true;

    /// <summary>Type of the file system that holds <paramref name="path"/>; empty when it is not known.</summary>
    public string FileSystemOf(string path) => MountTable.FileSystemOf(Lines("proc/self/mountinfo"), path);

    /// <summary>lockd, sanlock or none; null where the agent cannot see how the host's libvirt is set up.</summary>
    public string? LockManager()
    {
        try
        {
            return QemuConfiguration.LockManager(File.ReadAllLines(Path.Combine(root, QemuConfiguration.Path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private long MemoryLine(string name)
    {
        var line = Lines("proc/meminfo").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var kibibytes = line?[name.Length..].Replace("kB", "", StringComparison.Ordinal);
        return long.TryParse(kibibytes, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value * 1024 : 0;
    }

    private string ReadLine(string path) => Lines(path).FirstOrDefault()?.Trim() ?? "";

    private string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
