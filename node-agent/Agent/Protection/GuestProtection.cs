namespace Berth.NodeAgent.Protection;

/// <summary>Sets the host up to spare guests when memory runs short, as far as it lets the agent.</summary>
internal sealed class GuestProtection(GuestPartition partition, HostCgroups cgroups, OutOfMemoryScores scores)
{
    /// <summary>Protects what is in the partition now, and tells what could not be. Domains elsewhere, made before or by others, are not touched.</summary>
    /// <param name="bytes">What running guests are promised, bounded by what the host can keep.</param>
    /// <returns>Sentences for people without figures; none when all is as it should be.</returns>
    public IReadOnlyList<string> Apply(long bytes)
    {
        partition.Prepare();
        return [.. new[] { PartitionGap(), MemoryGap(bytes), ScoreGap() }.OfType<string>()];
    }

    private string? PartitionGap() => partition.Problem is { } problem ? $"Guests have no partition of their own: {problem}." : null;

    private string? MemoryGap(long bytes)
    {
        if (partition.Problem is not null || cgroups.Version != 2)
        {
            return cgroups.Version == 2 ? null : "Their memory is not protected: that needs control groups of version 2.";
        }

        try
        {
            // Every one that is there, and all of them: which one libvirt uses is libvirt's business.
            return GuestPartition.Groups.Select(group => cgroups.Protect(group, bytes)).ToArray().Contains(true)
                ? null
                : "Their memory is not protected: the partition has no memory controller.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Their memory is not protected: {e.Message.TrimEnd('.')}.";
        }
    }

    private string? ScoreGap()
    {
        try
        {
            return scores.Lower(GuestPartition.Groups.SelectMany(cgroups.ProcessesOf)) is { } problem ? NotSpared(problem) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NotSpared(e.Message.TrimEnd('.'));
        }
    }

    private static string NotSpared(string why) => $"The kernel's out-of-memory killer does not spare them: {why}.";
}
