using System.Globalization;

namespace Berth.EndToEnd.Tests.Leaks;

/// <summary>What operator and agents take, sampled after each piece of work.</summary>
internal sealed class FootprintSeries(Stack stack)
{
    private readonly Dictionary<string, List<(int Done, Footprint Seen)>> _samples = new(StringComparer.Ordinal);

    public IEnumerable<string> Processes => ["operator", .. stack.Nodes.Select(node => node.AgentProcess)];

    /// <summary>Reads all processes when <paramref name="done"/> pieces of work are done.</summary>
    public void Sample(int done)
    {
        foreach (var process in Processes)
        {
            if (!_samples.TryGetValue(process, out var samples))
            {
                _samples[process] = samples = [];
            }

            samples.Add((done, Footprint.Of(stack.Processes.Pid(process))));
        }
    }

    /// <summary>Growth of a process's anonymous memory in KiB for each piece of work, from <paramref name="warm"/> of them on.</summary>
    public double SlopeOf(string process, int warm) =>
        Slope.Of([.. From(process, warm).Select(sample => ((double)sample.Done, (double)sample.Seen.RssAnon))]);

    /// <summary>How much more anonymous memory a process took at most after the first <paramref name="half"/> pieces of work than at most until then, in KiB for each further one.</summary>
    /// <remarks>
    /// Peaks, not the line: what a collection of the older generations will free piles up to a few MiB between two of them, and
    /// where in the series that falls would move a line more than a leak does.
    /// </remarks>
    public double GrowthOf(string process, int half)
    {
        var (before, after) = (_samples[process].Where(sample => sample.Done <= half).ToList(), _samples[process].Where(sample => sample.Done > half).ToList());
        return (after.Max(sample => sample.Seen.RssAnon) - before.Max(sample => sample.Seen.RssAnon)) / (double)(after[^1].Done - half);
    }

    /// <summary>Descriptors and threads that a process has gained between its fullest sample until <paramref name="warm"/> and its leanest afterwards.</summary>
    public (int Descriptors, int Threads) GainOf(string process, int warm)
    {
        var before = _samples[process].Where(sample => sample.Done <= warm).ToList();
        var after = From(process, warm).Skip(1).ToList();
        return (
            after.Min(sample => sample.Seen.Descriptors) - before.Max(sample => sample.Seen.Descriptors),
            after.Min(sample => sample.Seen.Threads) - before.Max(sample => sample.Seen.Threads));
    }

    /// <summary>The series as a table, with the growth below.</summary>
    public string Show(string work, int half)
    {
        var lines = new List<string> { $"{work,8} {string.Join("  ", Processes.Select(process => $"{process,36}"))}", $"{"",8} {string.Join("  ", Processes.Select(_ => $"{"RSS MiB  anon MiB    fds  threads",36}"))}" };
        foreach (var (done, index) in _samples["operator"].Select((sample, index) => (sample.Done, index)))
        {
            lines.Add($"{done,8} {string.Join("  ", Processes.Select(process => Row(_samples[process][index].Seen)))}");
        }

        lines.Add($"the line through the anonymous memory from {half} on rises by {Each(process => SlopeOf(process, half))} KiB for each of {work}; its peak by {Each(process => GrowthOf(process, half))}");
        return string.Join('\n', lines);
    }

    private IEnumerable<(int Done, Footprint Seen)> From(string process, int warm) => _samples[process].Where(sample => sample.Done >= warm);

    private string Each(Func<string, double> figure) =>
        string.Join(", ", Processes.Select(process => string.Create(CultureInfo.InvariantCulture, $"{process} {figure(process):F2}")));

    private static string Row(Footprint seen) =>
        string.Create(CultureInfo.InvariantCulture, $"{seen.Rss / 1024.0,12:F1} {seen.RssAnon / 1024.0,9:F1} {seen.Descriptors,6} {seen.Threads,6}");
}
