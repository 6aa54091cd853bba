using System.Globalization;

namespace Berth.Runtime.Store;

/// <summary>Compares resource versions, which are opaque by contract and growing numbers in fact (and by contract since Kubernetes 1.35).</summary>
internal static class ResourceVersions
{
    /// <summary>Less than zero when <paramref name="left"/> is older, greater when it is newer, zero when equal; null when that cannot be told.</summary>
    public static int? Compare(string? left, string? right)
    {
        if (left == right)
        {
            return 0;
        }

        return TryParse(left, out var leftNumber) && TryParse(right, out var rightNumber) ? leftNumber.CompareTo(rightNumber) : null;
    }

    /// <summary>True when <paramref name="left"/> is known to be older than <paramref name="right"/>.</summary>
    public static bool IsOlder(string? left, string? right) => Compare(left, right) < 0;

    private static bool TryParse(string? version, out ulong number) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
