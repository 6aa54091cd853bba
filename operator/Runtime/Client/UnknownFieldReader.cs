using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;

namespace Berth.Runtime.Client;

/// <summary>Finds the fields of an object's spec that its type does not have: the API server keeps what a newer schema allows, and deserialization passes over it in silence.</summary>
/// <remarks>Only their paths are kept. For one thread.</remarks>
internal sealed class UnknownFieldReader(FieldShapes shapes)
{
    /// <summary>How many paths are named; one is enough to stop a start, and hostile objects can have any number.</summary>
    public const int MaxPaths = 20;

    private const int MaxNameLength = 100;

    private readonly StringBuilder _path = new();
    private readonly List<string> _found = [];

    /// <summary>Puts the paths into an object that has just been read from <paramref name="json"/>, if it is of a kind that tells of them.</summary>
    public static void Mark<T>(T entity, ReadOnlySequence<byte> json, JsonTypeInfo<T> typeInfo, JsonReaderOptions options)
    {
        if (entity is IUnknownFields marked)
        {
            var shapes = FieldShapes.Of(typeInfo.Options);
            var found = new UnknownFieldReader(shapes).Read(new Utf8JsonReader(json, options), shapes.OfType(typeof(T)));
            marked.UnknownFields = found.Count > 0 ? found : [];
        }
    }

    private List<string> Read(Utf8JsonReader reader, FieldShape root)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSpec = reader.ValueTextEquals("spec"u8);
            reader.Read();
            if (isSpec && root.Fields is { } fields && fields.TryGetValue("spec", out var spec))
            {
                _path.Append("spec");
                ReadValue(ref reader, spec);
                _path.Clear();
            }
            else
            {
                reader.Skip();
            }
        }

        return _found;
    }

    /// <summary>Leaves the reader at the value's end.</summary>
    private void ReadValue(ref Utf8JsonReader reader, Type type)
    {
        var shape = shapes.OfType(type);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when shape.Fields is { } fields:
                ReadFields(ref reader, fields);
                break;
            case JsonTokenType.StartObject when shape.ValueType is { } valueType:
                ReadEntries(ref reader, valueType);
                break;
            case JsonTokenType.StartArray when shape.ItemType is { } itemType:
                ReadItems(ref reader, itemType);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private void ReadFields(ref Utf8JsonReader reader, IReadOnlyDictionary<string, Type> fields)
    {
        var length = _path.Length;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString() ?? "";
            reader.Read();
            _path.Append('.').Append(Shown(name));
            if (fields.TryGetValue(name, out var type))
            {
                ReadValue(ref reader, type);
            }
            else
            {
                Note(reader.TokenType);
                reader.Skip();
            }

            _path.Length = length;
        }
    }

    // The names in a map are the user's own.
    private void ReadEntries(ref Utf8JsonReader reader, Type valueType)
    {
        var length = _path.Length;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            _path.Append('[').Append(Shown(reader.GetString() ?? "")).Append(']');
            reader.Read();
            ReadValue(ref reader, valueType);
            _path.Length = length;
        }
    }

    private void ReadItems(ref Utf8JsonReader reader, Type itemType)
    {
        var length = _path.Length;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            _path.Append(CultureInfo.InvariantCulture, $"[{index}]");
            ReadValue(ref reader, itemType);
            _path.Length = length;
        }
    }

    // A null asks for nothing.
    private void Note(JsonTokenType value)
    {
        if (value != JsonTokenType.Null && _found.Count < MaxPaths)
        {
            _found.Add(_path.ToString());
        }
    }

    // It ends up in a condition: whatever somebody calls a field must stay one short line there.
    private static string Shown(string name)
    {
        var isPlain = name.Length <= MaxNameLength && !name.Any(char.IsControl);
        return isPlain ? name : string.Concat(name.Take(MaxNameLength).Select(letter => char.IsControl(letter) ? '?' : letter));
    }
}
