using System.Globalization;

namespace Berth.Benchmarks;

/// <summary>Durations of one thing measured several times.</summary>
internal sealed class Samples
{
    private readonly List<double> _milliseconds = [];

    public int Count => _milliseconds.Count;

    /// <summary>The median.</summary>
    public double P50 => Percentile(0.5);

    public double P95 => Percentile(0.95);

    public void Add(TimeSpan duration) => _milliseconds.Add(duration.TotalMilliseconds);

    public static string Text(double milliseconds) => milliseconds.ToString("F0", CultureInfo.InvariantCulture) + " ms";

    // The mean of the two middle values for the median of an even number; otherwise the nearest rank.
    private double Percentile(double share)
    {
        var sorted = _milliseconds.Order().ToArray();
        if (share == 0.5 && sorted.Length % 2 == 0)
        {
            return (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
        }

        return sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
