using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;

namespace Berth.Runtime.Client;

/// <summary>Reads lists and watch lines from their bytes, object by object and without strings in between, so that one object that does not fit its type never hides the others.</summary>
internal sealed class EntityReader<T>(JsonTypeInfo<T> typeInfo, Action<PartialObject, JsonException> onUndecodable)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // The API server takes JSON of this depth. With the reader's own bound of 64, one object with a deep field that preserves
    // what it does not know, or with the managedFields of one, would make every list of its kind unreadable.
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 10_000 + 64 };

    private readonly EntityInfo _entity = EntityInfo.Of<T>();

    public KubernetesList<T> ReadList(ReadOnlySequence<byte> json)
    {
        var list = new KubernetesList<T>();
        var hasItems = false;
        var reader = new Utf8JsonReader(json, Deep);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                list.Metadata = JsonSerializer.Deserialize(ref reader, RuntimeJsonContext.Default.V1ListMeta) ?? new V1ListMeta();
            }
            else if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                hasItems = true;
                ReadItems(ref reader, json, list.Items);
            }
            else
            {
                reader.Skip();
            }
        }

        // What some proxy answers with must never look like "there is nothing": that would empty a store.
        return hasItems && list.Metadata.ResourceVersion is { Length: > 0 }
            ? list
            : throw new JsonException($"The answer is no list of {_entity.Plural}.");
    }

    public WatchEvent<T> ReadEvent(ReadOnlySequence<byte> line)
    {
        var type = (WatchEventType?)null;
        var isError = false;
        var content = ReadOnlySequence<byte>.Empty;
        var reader = new Utf8JsonReader(line, Deep);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            if (isType)
            {
                (type, isError) = (ReadType(ref reader), reader.TokenType is JsonTokenType.String && reader.ValueTextEquals("ERROR"u8));
            }
            else
            {
                content = isObject ? Slice(ref reader, line) : content;
                reader.TrySkip();
            }
        }

        return isError ? throw ReadError(content) : ReadObject(type ?? throw new JsonException("A watch event without a type."), content);
    }

    private static WatchEventType? ReadType(ref Utf8JsonReader reader) =>
        reader.TokenType is not JsonTokenType.String ? null
        : reader.ValueTextEquals("ADDED"u8) ? WatchEventType.Added
        : reader.ValueTextEquals("MODIFIED"u8) ? WatchEventType.Modified
        : reader.ValueTextEquals("DELETED"u8) ? WatchEventType.Deleted
        : reader.ValueTextEquals("BOOKMARK"u8) ? WatchEventType.Bookmark
        : null;

    private WatchEvent<T> ReadObject(WatchEventType type, ReadOnlySequence<byte> json)
    {
        if (type is WatchEventType.Bookmark)
        {
            return new WatchEvent<T>(type, null, ReadPartial(json).Metadata.ResourceVersion);
        }

        return Decode(json) is { } entity
            ? new WatchEvent<T>(type, entity, entity.Metadata.ResourceVersion)
            : new WatchEvent<T>(WatchEventType.Undecodable, null, ReadPartial(json).Metadata.ResourceVersion);
    }

    private void ReadItems(ref Utf8JsonReader reader, ReadOnlySequence<byte> json, IList<T> items)
    {
        // A list without objects may say null.
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Decode(Slice(ref reader, json)) is { } entity)
            {
                items.Add(entity);
            }
        }
    }

    /// <summary>The bytes of the value that the reader stands on; leaves the reader at the value's end.</summary>
    private static ReadOnlySequence<byte> Slice(ref Utf8JsonReader reader, ReadOnlySequence<byte> json)
    {
        var start = reader.TokenStartIndex;
        reader.Skip();
        return json.Slice(start, reader.BytesConsumed - start);
    }

    private T? Decode(ReadOnlySequence<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, Deep);
            if (JsonSerializer.Deserialize(ref reader, typeInfo) is not { } entity)
            {
                return null;
            }

            // Items of a built-in list do not say what they are; and one shared string per kind is kept instead of one per object.
            entity.ApiVersion = _entity.GroupVersion;
            entity.Kind = _entity.Kind;
            UnknownFieldReader.Mark(entity, json, typeInfo, Deep);
            return entity;
        }
        catch (JsonException e)
        {
            onUndecodable(ReadPartial(json), e);
            return null;
        }
    }

    private static PartialObject ReadPartial(ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json, Deep);
        return JsonSerializer.Deserialize(ref reader, RuntimeJsonContext.Default.PartialObject) ?? new PartialObject();
    }

    private static KubernetesException ReadError(ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json, Deep);
        var status = JsonSerializer.Deserialize(ref reader, KubernetesJsonContext.Default.V1Status);
        return new KubernetesException(
            status?.Message ?? "The watch ended with an error.",
            status?.Code is { } code ? (System.Net.HttpStatusCode)code : System.Net.HttpStatusCode.InternalServerError,
            status?.Reason ?? "InternalError",
            status);
    }
}

/// <summary>The part of any object that tells which one it is.</summary>
internal sealed record PartialObject
{
    public PartialMetadata Metadata { get; set; } = new();
}

/// <summary>Identity and version of any object.</summary>
internal sealed record PartialMetadata
{
    public string? Name { get; set; }

    public string? Namespace { get; set; }

    public string? ResourceVersion { get; set; }
}

/// <summary>JSON of the runtime's own small types.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PartialObject))]
[JsonSerializable(typeof(V1ListMeta))]
internal sealed partial class RuntimeJsonContext : JsonSerializerContext;
