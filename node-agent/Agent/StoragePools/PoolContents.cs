using System.Text.RegularExpressions;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Which files of a pool's folder are Berth's, by their names.</summary>
internal static partial class PoolContents
{
    /// <summary>True when the folder holds images, volumes or transfers of ours.</summary>
    public static bool HoldOurs(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Any(entry => OurName().IsMatch(Path.GetFileName(entry)));

    // Copies of images and their records, transfers, and volumes: namespace.name.uid8.
    [GeneratedRegex(@"^(image-sha256-[0-9a-f]{64}|\.image-.+\.json|\.part-.+|\.volume-.+|\.made-.+|[a-z0-9-]+\..+\.[0-9a-f]{8})$")]
    private static partial Regex OurName();
}
