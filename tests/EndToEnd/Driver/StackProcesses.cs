using System.Globalization;
using System.Runtime.InteropServices;

namespace Berth.EndToEnd.Tests;

/// <summary>The stack's processes by the names of their pid files.</summary>
internal sealed class StackProcesses(string pidsFolder)
{
    private const int Kill9 = 9;
    private const int Term = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    public int Pid(string process) => int.Parse(File.ReadAllText(Path.Combine(pidsFolder, $"{process}.pid")).Trim(), CultureInfo.InvariantCulture);

    /// <summary>Names of the processes that were started, whether they still run or not.</summary>
    public IReadOnlyList<string> Names() =>
        [.. Directory.EnumerateFiles(pidsFolder, "*.pid").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    /// <summary>Names of processes that were started and run no more.</summary>
    public IReadOnlyList<string> Dead() => [.. Names().Where(process => string.IsNullOrEmpty(CommandLine(Pid(process))))];

    /// <summary>SIGKILL; nothing respawns by itself.</summary>
    public void Kill(string process) => Signal(Pid(process), Kill9);

    /// <summary>SIGKILL to a process that has no pid file of its own, such as a guest's QEMU.</summary>
    public static void Kill(int pid) => Signal(pid, Kill9);

    /// <summary>SIGTERM: the process ends when it has tidied up.</summary>
    public static void Terminate(int pid) => Signal(pid, Term);

    /// <summary>SIGSTOP: the process is there and does nothing.</summary>
    public void Freeze(string process) => Signal(Pid(process), Stop);

    public void Thaw(string process) => Signal(Pid(process), Continue);

    /// <summary>The arguments, each ended by a NUL; null when there is no such process.</summary>
    public static string? CommandLine(int pid) => Read($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline");

    /// <summary>Start time in ticks since the machine's boot: with the pid it names a process for good.</summary>
    public static string StartTime(int pid) =>
        Read($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19] : "";

    private static void Signal(int pid, int signal)
    {
        if (pid <= 1 || Native.Send(pid, signal) != 0)
        {
            throw new InvalidOperationException($"signal {signal} cannot be sent to process {pid}");
        }
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The process ended between the listing and the reading.
            return null;
        }
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Send(int pid, int signal);
    }
}
