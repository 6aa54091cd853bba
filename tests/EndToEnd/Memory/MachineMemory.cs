using System.Globalization;

namespace Berth.EndToEnd.Tests;

/// <summary>Memory of the machine that the stack runs on.</summary>
internal static class MachineMemory
{
    public static long TotalMebibytes() => long.Parse(
        File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal))["MemTotal:".Length..].Replace("kB", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture) / 1024;
}
