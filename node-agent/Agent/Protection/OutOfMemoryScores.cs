using System.Globalization;

namespace Berth.NodeAgent.Protection;

/// <summary>The kernel's scores by which it chooses what to kill when memory has run out (proc(5), oom_score_adj).</summary>
internal sealed class OutOfMemoryScores(string root = "/")
{
    /// <summary>Below every pod (-998 at the least), as kubelets and container runtimes are. Not -1000, which exempts: the kernel must have something left to kill that holds much.</summary>
    public const int OfGuests = -999;

    /// <summary>Gives the processes that score, unless they have a lower one already. Those that are gone by now are passed over.</summary>
    /// <returns>Null when all have it; else why not, without a full stop.</returns>
    public string? Lower(IEnumerable<int> processes)
    {
        string? problem = null;
        foreach (var process in processes)
        {
            problem = process == 0 ? "the agent is not in the host's pid namespace and does not see QEMU" : LowerOne(process) ?? problem;
        }

        return problem;
    }

    private string? LowerOne(int process)
    {
        try
        {
            var file = Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"proc/{process}/oom_score_adj"));
            if (int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) > OfGuests)
            {
                File.WriteAllText(file, OfGuests.ToString(CultureInfo.InvariantCulture));
            }

            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return "the agent may not lower oom_score_adj (CAP_SYS_RESOURCE)";
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            return null; // it ended while it was looked at
        }
    }
}
