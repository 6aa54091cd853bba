using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Logging;

/// <summary>A line for people.</summary>
internal static class TextLogLine
{
    public static void Write(IBufferWriter<byte> output, LogEntry entry, IExternalScopeProvider scopes)
    {
        var line = new StringBuilder(256)
            .Append(entry.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture))
            .Append(Level(entry.Level)).Append(' ')
            .Append(entry.Category.AsSpan(entry.Category.LastIndexOf('.') + 1)).Append(": ")
            .Append(OneLine(entry.Message));
        scopes.ForEachScope(
            static (scope, text) =>
            {
                foreach (var (name, value) in scope as IEnumerable<KeyValuePair<string, object?>> ?? [])
                {
                    if (value is not null && name != "{OriginalFormat}")
                    {
                        text.Append(CultureInfo.InvariantCulture, $" {name}={OneLine(Convert.ToString(value, CultureInfo.InvariantCulture)!)}");
                    }
                }
            },
            line);
        line.Append('\n');
        if (entry.Exception is { } exception)
        {
            line.Append(exception).Append('\n');
        }

        Encoding.UTF8.GetBytes(line.ToString(), output);
    }

    // Names and messages come from users: a line break in them must not look like another line of the log.
    private static string OneLine(string text) =>
        text.AsSpan().IndexOfAny('\r', '\n') < 0 ? text : text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
