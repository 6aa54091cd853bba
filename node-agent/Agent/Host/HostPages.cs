using System.Globalization;

namespace Berth.NodeAgent.Host;

/// <summary>Huge pages of the node of one size, in bytes.</summary>
internal readonly record struct HugePages(long Size, long Total, long Free);

/// <summary>Reads how the kernel deals with pages: huge ones, and equal ones that it merges. The root is another folder in tests.</summary>
internal sealed class HostPages(string root = "/")
{
    private const string HugePagesFolder = "sys/kernel/mm/hugepages";
    private const string Prefix = "hugepages-";
    private const string Suffix = "kB";

    /// <summary>The node's huge pages by size; none where the kernel has no such pages.</summary>
    public IReadOnlyList<HugePages> HugePages()
    {
        var folder = Path.Combine(root, HugePagesFolder);
        return Directory.Exists(folder) ? [.. Directory.GetDirectories(folder, $"{Prefix}*{Suffix}").Order(StringComparer.Ordinal).Select(Read)] : [];
    }

    /// <summary>Whether the kernel merges equal pages (KSM) now.</summary>
    public bool IsMerging() => Number(Path.Combine(root, "sys/kernel/mm/ksm/run")) == 1;

    /// <summary>Bytes that merging saves; null where the kernel cannot merge pages.</summary>
    public long? KsmSavedBytes() => Number(Path.Combine(root, "sys/kernel/mm/ksm/pages_sharing")) * Environment.SystemPageSize;

    private static HugePages Read(string folder) => new(
        long.TryParse(Path.GetFileName(folder)[Prefix.Length..^Suffix.Length], CultureInfo.InvariantCulture, out var kibibytes) ? kibibytes * 1024 : 0,
        Number(Path.Combine(folder, "nr_hugepages")) ?? 0,
        Number(Path.Combine(folder, "free_hugepages")) ?? 0);

    private static long? Number(string path)
    {
        try
        {
            return long.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
