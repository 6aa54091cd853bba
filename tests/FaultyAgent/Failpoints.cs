using System.Diagnostics;

namespace Berth.FaultyAgent;

/// <summary>Writes down each failpoint that is reached, and kills the process at the one that is armed.</summary>
/// <remarks>
/// A folder is all that a test and the agent share: a line is added to <c>reached</c> for each point that is passed;
/// <c>armed</c> holds the name of the point to die at, or is empty or missing.
/// </remarks>
public sealed class Failpoints
{
    private readonly Lock _lock = new();
    private readonly string _armed;
    private readonly string _reached;

    public Failpoints(string folder)
    {
        Directory.CreateDirectory(folder);
        (_armed, _reached) = (Path.Combine(folder, "armed"), Path.Combine(folder, "reached"));
    }

    /// <summary>Does not return when the point is armed: the process ends at once, with all its threads, and cleans nothing up.</summary>
    public void Reach(string name)
    {
        lock (_lock)
        {
            File.AppendAllText(_reached, name + "\n");
            if (File.Exists(_armed) && File.ReadAllText(_armed).Trim() == name)
            {
                // SIGKILL. It is on its way when this returns, and nothing may happen until it is there.
                Process.GetCurrentProcess().Kill();
                using var never = new ManualResetEventSlim();
                never.Wait(CancellationToken.None);
            }
        }
    }
}
