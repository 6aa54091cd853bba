using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Logging;

/// <summary>A line for log stores: one JSON object.</summary>
internal static class JsonLogLine
{
    public static void Write<TState>(IBufferWriter<byte> output, LogEntry entry, TState state, IExternalScopeProvider scopes)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("time", entry.Time.UtcDateTime);
            json.WriteString("level", entry.Level.ToString());
            json.WriteString("category", entry.Category);
            json.WriteString("message", entry.Message);
            WriteValues(json, state);
            scopes.ForEachScope(static (scope, writer) => WriteValues(writer, scope), json);
            if (entry.Exception is { } exception)
            {
                json.WriteString("exception", exception.ToString());
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteValues(Utf8JsonWriter json, object? values)
    {
        foreach (var (name, value) in values as IEnumerable<KeyValuePair<string, object?>> ?? [])
        {
            if (name == "{OriginalFormat}" || value is null)
            {
                continue;
            }

            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
            WriteValue(json, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
