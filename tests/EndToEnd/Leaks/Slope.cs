namespace Berth.EndToEnd.Tests.Leaks;

/// <summary>The straight line nearest to a series.</summary>
internal static class Slope
{
    /// <summary>Growth of y for each x, by least squares; 0 for fewer than two points.</summary>
    public static double Of(IReadOnlyCollection<(double X, double Y)> points)
    {
        if (points.Count < 2)
        {
            return 0;
        }

        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        return points.Sum(point => (point.X - x) * (point.Y - y)) / points.Sum(point => (point.X - x) * (point.X - x));
    }
}
