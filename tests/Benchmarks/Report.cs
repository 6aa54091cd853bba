using System.Globalization;
using System.Text;

namespace Berth.Benchmarks;

/// <summary>Markdown that is printed as it grows and kept in a file at the end.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public void Line(string line)
    {
        _text.AppendLine(line);
        Console.WriteLine(line);
    }

    public void Heading(string text) => Line($"\n## {text}\n");

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Line($"| {string.Join(" | ", columns)} |");
        Line($"|{string.Concat(columns.Select(_ => "---|"))}");
        foreach (var row in rows)
        {
            Line($"| {string.Join(" | ", row)} |");
        }
    }

    public static string Met(bool met) => met ? "met" : "**missed**";

    public void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HHmm", CultureInfo.InvariantCulture) + ".md");
        File.WriteAllText(path, _text.ToString());
        Console.WriteLine($"\nkept in {path}");
    }
}
