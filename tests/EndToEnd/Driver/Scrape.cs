using System.Globalization;

namespace Berth.EndToEnd.Tests;

/// <summary>What a metrics endpoint said at one moment.</summary>
internal sealed class Scrape(string text)
{
    private readonly string[] _lines = text.Split('\n');

    public static async Task<Scrape> OfAsync(HttpClient http, string url, CancellationToken cancellationToken) =>
        new(await http.GetStringAsync(new Uri($"{url}/metrics"), cancellationToken));

    /// <summary>Sum of the metric's values over all label sets that have each of <paramref name="labels"/>, such as <c>kind="domain"</c>.</summary>
    public double Sum(string name, params string[] labels) => _lines
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
        .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));

    /// <summary>The lines of a metric, for messages.</summary>
    public string Show(string name) => string.Join('\n', _lines.Where(line => line.StartsWith(name, StringComparison.Ordinal)));
}
