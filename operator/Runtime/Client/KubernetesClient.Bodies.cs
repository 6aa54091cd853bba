using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Client;

/// <content>How bodies are read and written.</content>
public sealed partial class KubernetesClient
{
    private Task<T> SendAsync<T>(HttpCall call, CancellationToken cancellationToken)
    {
        var typeInfo = (JsonTypeInfo<T>)JsonOptions.GetTypeInfo(typeof(T));
        return ReadBodyAsync(call, json => ReadEntity(json, typeInfo), cancellationToken);
    }

    // As deep as the API server itself goes: see EntityReader.
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 10_000 + 64 };

    private static T ReadEntity<T>(ReadOnlySequence<byte> json, JsonTypeInfo<T> typeInfo)
    {
        var reader = new Utf8JsonReader(json, Deep);
        var entity = JsonSerializer.Deserialize(ref reader, typeInfo) ?? throw new JsonException("The answer is null.");
        UnknownFieldReader.Mark(entity, json, typeInfo, Deep);
        return entity;
    }

    private static JsonNode? ParseNode(ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonNode.Parse(ref reader);
    }

    /// <summary>Waits for the whole answer, within the request's time, and reads it where it lies.</summary>
    private async Task<TResult> ReadBodyAsync<TResult>(HttpCall call, Func<ReadOnlySequence<byte>, TResult> read, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(call, cancellationToken);
        using var timeout = new CancellationTokenSource(_requestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var body = PipeReader.Create(await response.Content.ReadAsStreamAsync(either.Token), PipeOptions);
            try
            {
                ReadResult result;
                while (!(result = await body.ReadAsync(either.Token)).IsCompleted)
                {
                    body.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                }

                return read(result.Buffer);
            }
            finally
            {
                await body.CompleteAsync();
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw HttpTransport.Translate(e, call.PathAndQuery, _requestTimeout);
        }
        catch (JsonException e)
        {
            throw new KubernetesException($"The answer to {call.Method} {call.PathAndQuery} cannot be read: {e.Message}", response.StatusCode, KubernetesReasons.Undecodable, inner: e);
        }
    }

    private async Task<ReadResult?> ReadAsync(PipeReader lines, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadAsync(cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw HttpTransport.Translate(e, path, _requestTimeout);
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        line = rest.Slice(0, end);
        rest = rest.Slice(rest.GetPosition(1, end));
        return true;
    }

    private EntityReader<T> ReaderOf<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> => new((JsonTypeInfo<T>)JsonOptions.GetTypeInfo(typeof(T)), (entity, e) =>
        {
            var kind = EntityInfo.Of<T>().Kind;
            _undecodable.WithLabels(kind).Inc();
            Log.Undecodable(_logger, kind, entity.Metadata.Namespace, entity.Metadata.Name, e);
        });

    private static EntityInfo Identify<T>(T entity)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var info = EntityInfo.Of<T>();
        entity.ApiVersion = info.GroupVersion;
        entity.Kind = info.Kind;
        return info;
    }

    private static JsonObject DeleteBody(DeleteOptions options)
    {
        var preconditions = new JsonObject();
        AddIfSet(preconditions, "uid", options.Uid);
        AddIfSet(preconditions, "resourceVersion", options.ResourceVersion);
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        AddIfSet(body, "preconditions", preconditions.Count > 0 ? preconditions : null);
        AddIfSet(body, "gracePeriodSeconds", options.GracePeriodSeconds);
        AddIfSet(body, "propagationPolicy", options.PropagationPolicy);
        return body;
    }

    private static void AddIfSet(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }

    private ReadOnlyMemory<byte> SerializeEntity<T>(T entity) =>
        JsonSerializer.SerializeToUtf8Bytes(entity, (JsonTypeInfo<T>)JsonOptions.GetTypeInfo(typeof(T)));

    private static ReadOnlyMemory<byte> SerializeNode(JsonNode body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            body.WriteTo(writer);
        }

        return buffer.WrittenMemory;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Kind} {Namespace}/{Name} does not fit its type and is left out")]
        public static partial void Undecodable(ILogger logger, string kind, string? @namespace, string? name, Exception exception);
    }
}
