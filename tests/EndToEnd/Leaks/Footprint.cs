using System.Globalization;

namespace Berth.EndToEnd.Tests.Leaks;

/// <summary>What a process takes of the machine at one moment. Memory in KiB.</summary>
internal sealed record Footprint(long Rss, long RssAnon, int Descriptors, int Threads)
{
    public static Footprint Of(int pid)
    {
        var folder = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}";
        var status = File.ReadAllLines($"{folder}/status");
        return new(Field(status, "VmRSS:"), Field(status, "RssAnon:"), Directory.EnumerateFileSystemEntries($"{folder}/fd").Count(), (int)Field(status, "Threads:"));
    }

    private static long Field(string[] status, string name) =>
        long.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
}
