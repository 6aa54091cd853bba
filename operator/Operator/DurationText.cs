using System.Globalization;

namespace Berth.Operator;

/// <summary>Durations on the command line: a whole number and s, m, h or d.</summary>
internal static class DurationText
{
    /// <summary>False when the text is no duration, or one of more than a hundred years.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        // Multiplied as doubles first: TimeSpan would overflow.
        var isDuration = unit > TimeSpan.Zero && unit.TotalDays * count <= 36525;
        duration = isDuration ? unit * count : TimeSpan.Zero;
        return isDuration;
    }
}
