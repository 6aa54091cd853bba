namespace Berth.NodeAgent.Host;

/// <summary>Reads the kernel's table of mounts (proc(5), mountinfo).</summary>
internal static class MountTable
{
    /// <summary>Type of the file system on which <paramref name="path"/> lies; empty when no mount holds it.</summary>
    public static string FileSystemOf(IEnumerable<string> lines, string path)
    {
        var (longest, type) = (-1, "");
        foreach (var line in lines)
        {
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (fields.Length < 6 || separator < 0 || separator + 1 >= fields.Length)
            {
                continue;
            }

            // Later lines are mounted over earlier ones at the same point.
            var point = Unescape(fields[4]);
            if (point.Length >= longest && IsBelow(path, point))
            {
                (longest, type) = (point.Length, fields[separator + 1]);
            }
        }

        return type;
    }

    private static bool IsBelow(string path, string point) =>
        point == "/" || path == point || (path.StartsWith(point, StringComparison.Ordinal) && path[point.Length] == '/');

    private static string Unescape(string field) => field
        .Replace("\\040", " ", StringComparison.Ordinal)
        .Replace("\\011", "\t", StringComparison.Ordinal)
        .Replace("\\012", "\n", StringComparison.Ordinal)
        .Replace("\\134", "\\", StringComparison.Ordinal);
}
