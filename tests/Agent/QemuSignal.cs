using System.Diagnostics;
using System.Globalization;

namespace Berth.NodeAgent.Tests;

/// <summary>Stops a guest's QEMU, as storage that does not answer does, and lets it go on.</summary>
internal static class QemuSignal
{
    /// <summary>Sends a signal such as STOP to the QEMU of the domain with this UUID.</summary>
    public static async Task SendAsync(string signal, Guid id, CancellationToken cancellationToken)
    {
        var qemu = Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder))
            .First(pid => int.TryParse(pid, CultureInfo.InvariantCulture, out _) && CommandLine(pid).Contains($"-uuid\0{id}", StringComparison.Ordinal));
        using var kill = Process.Start("kill", [$"-{signal}", qemu]);
        await kill.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    private static string CommandLine(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has ended
        }
    }
}
