using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Berth.Kubernetes;

/// <summary>A Kubernetes quantity such as <c>2Gi</c>, <c>500m</c> or <c>1.5</c>. Keeps the text it was written as; compares by value.</summary>
/// <remarks>Grammar and suffixes are those of <c>k8s.io/apimachinery/pkg/api/resource.Quantity</c>.</remarks>
[JsonConverter(typeof(QuantityJsonConverter))]
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1024m), ("Mi", 1024m * 1024), ("Gi", 1024m * 1024 * 1024), ("Ti", 1024m * 1024 * 1024 * 1024),
        ("Pi", 1024m * 1024 * 1024 * 1024 * 1024), ("Ei", 1024m * 1024 * 1024 * 1024 * 1024 * 1024),
        ("n", 0.000_000_001m), ("u", 0.000_001m), ("m", 0.001m),
        ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    // decimal.TryParse alone takes a number followed by NUL characters.
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.+-eE");

    private readonly string? _text;
    private readonly bool _unreadable;

    private Quantity(string text, decimal value, bool unreadable = false)
    {
        _text = text;
        _unreadable = unreadable;
        Value = value;
    }

    /// <summary>The exact value in units (bytes, cores); 0 when it could not be read.</summary>
    public decimal Value { get; }

    /// <summary>False when the text is no quantity, or one too large to count; only quantities read from JSON can be so.</summary>
    public bool IsValid => !_unreadable;

    /// <summary>The value in whole units, rounded up; saturates at the ends of <see cref="long"/>.</summary>
    public long ToInt64() => Saturate(Value);

    /// <summary>The value in thousandths (of a CPU), rounded up; saturates at the ends of <see cref="long"/>.</summary>
    // Compared before it is multiplied: the product may be more than a decimal holds, on either side of zero.
    public long ToMilli() =>
        Value >= long.MaxValue / 1000m ? long.MaxValue : Value <= long.MinValue / 1000m ? long.MinValue : Saturate(Value * 1000);

    private static long Saturate(decimal value) =>
        value >= long.MaxValue ? long.MaxValue : value <= long.MinValue ? long.MinValue : (long)decimal.Ceiling(value);

    /// <summary>A quantity of whole bytes, written with the largest binary suffix that keeps it exact.</summary>
    public static Quantity FromBytes(long bytes)
    {
        ReadOnlySpan<string> suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
        var (rest, step) = (bytes, 0);
        while (rest != 0 && rest % 1024 == 0 && step < suffixes.Length - 1)
        {
            (rest, step) = (rest / 1024, step + 1);
        }

        return new Quantity(rest.ToString(CultureInfo.InvariantCulture) + suffixes[step], bytes);
    }

    /// <summary>A quantity in thousandths of a unit, such as <c>200m</c> CPU.</summary>
    public static Quantity FromMilli(long milli) => milli % 1000 == 0
        ? new Quantity((milli / 1000).ToString(CultureInfo.InvariantCulture), milli / 1000)
        : new Quantity(milli.ToString(CultureInfo.InvariantCulture) + "m", milli / 1000m);

    /// <summary>Reads a quantity.</summary>
    /// <exception cref="FormatException">The text is no quantity.</exception>
    public static Quantity Parse(string text) =>
        TryParse(text, out var quantity) ? quantity : throw new FormatException($"\"{text}\" is not a quantity such as 512Mi or 2Gi.");

    // One object with such a text must not make the list that it stands in unreadable: it is told by IsValid.
    internal static Quantity Unreadable(string text) => new(text, 0, unreadable: true);

    /// <summary>Reads a quantity; false when the text is none, or more than can be counted.</summary>
    public static bool TryParse(string? text, out Quantity quantity)
    {
        quantity = default;
        if (string.IsNullOrEmpty(text) || text.Length > 64)
        {
            return false;
        }

        var (number, factor) = (text, 1m);
        foreach (var (suffix, value) in Suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                (number, factor) = (text[..^suffix.Length], value);
                break;
            }
        }

        // As the API server has it: an exponent or a suffix, never both.
        var exponent = factor == 1m ? NumberStyles.AllowExponent : NumberStyles.None;
        var style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | exponent;
        if (number.AsSpan().ContainsAnyExcept(NumberCharacters) || !decimal.TryParse(number, style, CultureInfo.InvariantCulture, out var parsed))
        {
            return false;
        }

        try
        {
            quantity = new Quantity(text, parsed * factor);
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    public int CompareTo(Quantity other) => Value.CompareTo(other.Value);

    public bool Equals(Quantity other) =>
        Value == other.Value && _unreadable == other._unreadable && (!_unreadable || _text == other._text);

    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>The text it was read from.</summary>
    public override string ToString() => _text ?? "0";

    public static bool operator ==(Quantity left, Quantity right) => left.Equals(right);

    public static bool operator !=(Quantity left, Quantity right) => !left.Equals(right);

    public static bool operator <(Quantity left, Quantity right) => left.Value < right.Value;

    public static bool operator <=(Quantity left, Quantity right) => left.Value <= right.Value;

    public static bool operator >(Quantity left, Quantity right) => left.Value > right.Value;

    public static bool operator >=(Quantity left, Quantity right) => left.Value >= right.Value;
}

/// <summary>Reads a quantity from a JSON string or number and writes it as a string. Text that is no quantity is kept and told by <see cref="Quantity.IsValid"/>.</summary>
public sealed class QuantityJsonConverter : JsonConverter<Quantity>
{
    public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan),
            _ => throw new JsonException("A quantity is a string or a number."),
        };
        return Quantity.TryParse(text, out var quantity) ? quantity : Quantity.Unreadable(text ?? "");
    }

    public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
