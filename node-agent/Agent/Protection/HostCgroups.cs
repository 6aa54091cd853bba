using System.Globalization;

namespace Berth.NodeAgent.Protection;

/// <summary>The host's control groups, as the agent sees them in <c>/sys/fs/cgroup</c>; the root is another folder in tests.</summary>
internal sealed class HostCgroups(string root = "/")
{
    private const string Processes = "cgroup.procs";

    // What libvirt would have given on to a partition that it makes itself.
    private static readonly string[] Controllers = ["cpu", "cpuset", "io", "memory"];

    private readonly string _top = Path.Combine(root, "sys/fs/cgroup");

    /// <summary>2, 1, or 0 where there are none to be seen. A host that has both counts as 1: its controllers are in version 1.</summary>
    public int Version => File.Exists(Path.Combine(_top, "cgroup.controllers")) ? 2 : Hierarchies().Count > 0 ? 1 : 0;

    /// <summary>Makes a group in every hierarchy. One that is there is left as it is.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The agent may not.</exception>
    public void Make(string group)
    {
        if (Version == 2)
        {
            Directory.CreateDirectory(Path.Combine(_top, group));
            GiveControllers();
            return;
        }

        foreach (var hierarchy in Hierarchies())
        {
            var folder = Directory.CreateDirectory(Path.Combine(hierarchy, group)).FullName;

            // A new group of version 1 has no CPUs and no memory nodes, and takes no process before it has.
            Inherit(hierarchy, folder, "cpuset.cpus");
            Inherit(hierarchy, folder, "cpuset.mems");
        }
    }

    /// <summary>Asks the kernel to take this much of a group's memory last. Version 2 only.</summary>
    /// <returns>False when the group is not there, or has no memory controller.</returns>
    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The agent may not.</exception>
    public bool Protect(string group, long bytes)
    {
        var file = Path.Combine(_top, group, "memory.low");
        if (Version != 2 || !File.Exists(file))
        {
            return false;
        }

        var text = bytes.ToString(CultureInfo.InvariantCulture);
        if (File.ReadAllText(file).Trim() != text)
        {
            File.WriteAllText(file, text);
        }

        return true;
    }

    /// <summary>The processes of a group and of all below it, as the agent's pid namespace numbers them: 0 for one that is in none of it.</summary>
    public IReadOnlyList<int> ProcessesOf(string group)
    {
        var folder = Path.Combine(Version == 2 ? _top : Path.Combine(_top, "memory"), group);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, Processes, SearchOption.AllDirectories).SelectMany(ReadProcesses).Distinct()]
            : [];
    }

    // Groups come and go with their guests, also while they are read.
    private static IEnumerable<int> ReadProcesses(string file)
    {
        try
        {
            return File.ReadAllLines(file).Select(line => int.TryParse(line, CultureInfo.InvariantCulture, out var pid) ? pid : 0);
        }
        catch (IOException)
        {
            return [];
        }
    }

    // libvirt gives controllers on only from a partition that it has made; one that is not to be had is nobody's loss but its own.
    private void GiveControllers()
    {
        var available = File.ReadAllText(Path.Combine(_top, "cgroup.controllers")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var control = Path.Combine(_top, "cgroup.subtree_control");
        foreach (var controller in Controllers.Intersect(available))
        {
            try
            {
                File.WriteAllText(control, $"+{controller}");
            }
            catch (IOException)
            {
            }
        }
    }

    private static void Inherit(string from, string to, string name)
    {
        var (parent, own) = (Path.Combine(from, name), Path.Combine(to, name));
        if (File.Exists(parent) && File.Exists(own) && File.ReadAllText(own).Trim().Length == 0)
        {
            File.WriteAllText(own, File.ReadAllText(parent).Trim());
        }
    }

    private List<string> Hierarchies() => Directory.Exists(_top)
        ? [.. Directory.EnumerateDirectories(_top).Where(folder => File.Exists(Path.Combine(folder, Processes)) && !File.Exists(Path.Combine(folder, "cgroup.controllers")))]
        : [];
}
