using System.Globalization;

namespace Berth.Runtime.Metrics;

/// <summary>The text exposition format of Prometheus, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void WriteHeader(TextWriter output, string name, string help, string type)
    {
        output.Write($"# HELP {name} ");
        WriteEscaped(output, help, quote: false);
        output.Write($"\n# TYPE {name} {type}\n");
    }

    /// <summary>Writes one line; <paramref name="bucket"/> is the <c>le</c> label of a histogram's bucket.</summary>
    public static void WriteSample(
        TextWriter output, string name, string suffix, ReadOnlySpan<KeyValuePair<string, object?>> labels, double? bucket, double value)
    {
        output.Write(name);
        output.Write(suffix);
        var separator = '{';
        foreach (var (label, labelValue) in labels)
        {
            WriteLabel(output, ref separator, label, Convert.ToString(labelValue, CultureInfo.InvariantCulture) ?? "");
        }

        if (bucket is { } bound)
        {
            BeginLabel(output, ref separator, "le");
            WriteNumber(output, bound);
            output.Write('"');
        }

        output.Write(separator == ',' ? "} " : " ");
        WriteNumber(output, value);
        output.Write('\n');
    }

    private static void WriteLabel(TextWriter output, ref char separator, string name, string value)
    {
        BeginLabel(output, ref separator, name);
        WriteEscaped(output, value, quote: true);
        output.Write('"');
    }

    private static void BeginLabel(TextWriter output, ref char separator, string name)
    {
        output.Write(separator);
        output.Write(name);
        output.Write("=\"");
        separator = ',';
    }

    // Into a buffer on the stack: a scrape writes thousands of numbers.
    private static void WriteNumber(TextWriter output, double value)
    {
        switch (value)
        {
            case double.PositiveInfinity:
                output.Write("+Inf");
                break;
            case double.NegativeInfinity:
                output.Write("-Inf");
                break;
            default:
                Span<char> digits = stackalloc char[32];
                value.TryFormat(digits, out var length, "R", CultureInfo.InvariantCulture);
                output.Write(digits[..length]);
                break;
        }
    }

    private static void WriteEscaped(TextWriter output, string text, bool quote)
    {
        if (text.AsSpan().IndexOfAny('\\', '\n', '"') < 0)
        {
            output.Write(text);
            return;
        }

        foreach (var character in text)
        {
            switch (character)
            {
                case '\\':
                    output.Write("\\\\");
                    break;
                case '\n':
                    output.Write("\\n");
                    break;
                case '"' when quote:
                    output.Write("\\\"");
                    break;
                default:
                    output.Write(character);
                    break;
            }
        }
    }
}
