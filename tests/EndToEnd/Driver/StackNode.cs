using System.Globalization;

namespace Berth.EndToEnd.Tests;

/// <summary>One node of the stack: its libvirt, its files, its processes.</summary>
internal sealed class StackNode(string name, StackProcesses processes, string libvirtUri)
{
    public string Name { get; } = name;

    /// <summary>By which this machine reaches the node's libvirt.</summary>
    public string LibvirtUri => libvirtUri;

    public string HostProcess => $"host-{Name}";

    public string AgentProcess => $"agent-{Name}";

    public string LibvirtProcess => $"libvirtd-{Name}";

    /// <summary>Of the real node: its kubelet.</summary>
    public string KubeletProcess => $"kubelet-{Name}";

    /// <summary>Of the real node: its containerd.</summary>
    public string ContainerdProcess => $"containerd-{Name}";

    public Task<CommandResult> VirshAsync(CancellationToken cancellationToken, params string[] arguments) =>
        Command.RunAsync("virsh", ["-c", libvirtUri, .. arguments], cancellationToken);

    public async Task<string> MustVirshAsync(CancellationToken cancellationToken, params string[] arguments) =>
        (await VirshAsync(cancellationToken, arguments)).MustSucceed();

    /// <summary>UUIDs of all domains, running or not.</summary>
    public async Task<IReadOnlyList<string>> DomainsAsync(CancellationToken cancellationToken) =>
        (await MustVirshAsync(cancellationToken, "list", "--all", "--uuid")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>UUIDs of the domains that run.</summary>
    public async Task<IReadOnlyList<string>> RunningDomainsAsync(CancellationToken cancellationToken) =>
        (await MustVirshAsync(cancellationToken, "list", "--uuid")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public async Task<DomainXml> DomainXmlAsync(string uuid, CancellationToken cancellationToken) =>
        DomainXml.Parse(await MustVirshAsync(cancellationToken, "dumpxml", uuid));

    /// <summary>What a running guest is, so that a test can tell that nothing touched it: the domain's number and QEMU's process with its start time.</summary>
    public async Task<RunningGuest> RunningGuestAsync(string uuid, CancellationToken cancellationToken)
    {
        var id = (await MustVirshAsync(cancellationToken, "domid", uuid)).Trim();
        var state = (await MustVirshAsync(cancellationToken, "domstate", uuid)).Trim();
        return new(id, state, QemuProcess(uuid, ProcessSpace(processes.Pid(HostProcess))));
    }

    /// <summary>Runs a program inside the node's namespaces.</summary>
    public async Task<string> MustRunAsync(CancellationToken cancellationToken, params string[] command) =>
        (await Command.RunAsync(
            "nsenter", ["-t", processes.Pid(HostProcess).ToString(CultureInfo.InvariantCulture), "-m", "-n", "-u", "-i", "-p", "-C", .. command], cancellationToken)).MustSucceed();

    /// <summary>A path on the node as it is seen from outside its namespaces.</summary>
    public string Path(string pathOnNode) => $"/proc/{processes.Pid(HostProcess).ToString(CultureInfo.InvariantCulture)}/root{pathOnNode}";

    public IReadOnlyList<string> Files(string folderOnNode) =>
        Directory.Exists(Path(folderOnNode)) ? [.. Directory.EnumerateFiles(Path(folderOnNode)).Select(file => System.IO.Path.GetFileName(file)!)] : [];

    public string ConsolePath(KubernetesJson machine) => ConsolePath(machine.Text("metadata.namespace")!, machine.Name, machine.Uid);

    /// <summary>The console log; empty before there is one. QEMU may be writing to it.</summary>
    public Task<string> ConsoleAsync(KubernetesJson machine, CancellationToken cancellationToken) =>
        ConsoleOfAsync(machine.Text("metadata.namespace")!, machine.Name, machine.Uid, cancellationToken);

    /// <summary>The same of a VM whose object may not be there to be asked.</summary>
    public async Task<string> ConsoleOfAsync(string inNamespace, string machine, string uid, CancellationToken cancellationToken)
    {
        var path = ConsolePath(inNamespace, machine, uid);
        if (!File.Exists(path))
        {
            return "";
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return await reader.ReadToEndAsync(cancellationToken);
    }

    private string ConsolePath(string inNamespace, string machine, string uid) => Path($"/var/lib/berth/console/{inNamespace}.{machine}.{uid[..8]}.log");

    /// <summary>QEMU's process of a domain as seen from outside, with its start time.</summary>
    public static (int Pid, string Started) QemuProcess(string uuid) => QemuProcess(uuid, null);

    // In one node's process space: while a VM that was released still runs on the node that it has left, there are two.
    private static (int Pid, string Started) QemuProcess(string uuid, string? space)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(System.IO.Path.GetFileName(folder), out var pid) && StackProcesses.CommandLine(pid) is { } line
                && line.Contains("qemu-system", StringComparison.Ordinal) && line.Contains($"-uuid\0{uuid}", StringComparison.Ordinal)
                && (space is null || ProcessSpace(pid) == space))
            {
                return (pid, StackProcesses.StartTime(pid));
            }
        }

        return (0, "");
    }

    private static string? ProcessSpace(int pid) => new FileInfo($"/proc/{pid}/ns/pid").LinkTarget;
}

/// <summary>Identity of a running guest.</summary>
internal sealed record RunningGuest(string DomainId, string State, (int Pid, string Started) Qemu);
