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
            WriteLabel(output, ref separator, "le", Number(bound));
        }

        output.Write(separator == ',' ? "} " : " ");
        output.Write(Number(value));
        output.Write('\n');
    }

    private static void WriteLabel(TextWriter output, ref char separator, string name, string value)
    {
        output.Write(separator);
        output.Write(name);
        output.Write("=\"");
        WriteEscaped(output, value, quote: true);
        output.Write('"');
        separator = ',';
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static void WriteEscaped(TextWriter output, string text, bool quote)
    {
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
