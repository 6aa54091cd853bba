using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Berth.Kubernetes;

/// <summary>Writes <c>meta/v1.Time</c>: RFC 3339 in UTC, whole seconds.</summary>
public sealed class TimeJsonConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-ddTHH:mm:ss'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));
}
