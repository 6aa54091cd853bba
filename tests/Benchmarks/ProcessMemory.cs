using System.Globalization;
using Berth.EndToEnd.Tests;

namespace Berth.Benchmarks;

/// <summary>Resident memory of a process in MiB, and the part of it that is not backed by files.</summary>
internal sealed record ProcessMemory(double Rss, double Anonymous)
{
    public static ProcessMemory Of(StackProcesses processes, string process)
    {
        var status = File.ReadAllLines($"/proc/{processes.Pid(process).ToString(CultureInfo.InvariantCulture)}/status");
        return new(Mebibytes(status, "VmRSS:"), Mebibytes(status, "RssAnon:"));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rss:F1} MiB ({Anonymous:F1} anonymous)");

    private static double Mebibytes(string[] status, string field)
    {
        var line = status.First(text => text.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) / 1024;
    }
}
