using System.CommandLine;
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

    /// <summary>An option that takes a duration between two bounds.</summary>
    public static Option<TimeSpan> Option(string name, TimeSpan value, TimeSpan shortest, TimeSpan longest, string description) => new(name)
    {
        Description = $"{description} A number with s, m, h or d; default {Write(value)}.",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParse(text, out var duration) && duration >= shortest && duration <= longest)
            {
                return duration;
            }

            result.AddError($"\"{text}\" is no duration of at least {Write(shortest)}{(longest < TimeSpan.MaxValue ? $" and at most {Write(longest)}" : "")}, such as 30s or 90d.");
            return default;
        },
    };

    private static string Write(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration switch
    {
        { TotalDays: >= 1 } => $"{duration.TotalDays}d",
        { TotalHours: >= 1 } => $"{duration.TotalHours}h",
        { TotalMinutes: >= 1 } => $"{duration.TotalMinutes}m",
        _ => $"{duration.TotalSeconds}s",
    }}");
}
