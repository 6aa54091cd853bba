using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Client;

/// <summary>The client over HTTP/2. One instance per process: it owns the connections. Safe to use from any thread.</summary>
public sealed partial class KubernetesClient : IKubernetesClient, IDisposable
{
    // Answers are read in pieces of this size and parsed where they lie; large enough to be few, small enough to stay off the large-object heap.
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024);

    private readonly HttpTransport _transport;
    private readonly TimeSpan _requestTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counter _undecodable;

    /// <summary>With a <paramref name="fence"/>, every request that is no GET leaves only while that is open.</summary>
    public KubernetesClient(
        KubernetesClientConfiguration configuration,
        KubernetesClientOptions options,
        MetricFactory metrics,
        TimeProvider time,
        ILogger<KubernetesClient> logger,
        WriteFence? fence = null)
    {
        _transport = new HttpTransport(configuration, options, metrics, time, fence);
        _requestTimeout = options.RequestTimeout;
        _time = time;
        _logger = logger;
        _undecodable = metrics.CreateCounter("kubernetes_client_undecodable_objects_total", "Objects from the API server that do not fit their type.", "kind");
        FieldManager = options.FieldManager;
        JsonOptions = new JsonSerializerOptions(KubernetesJsonContext.Default.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine([KubernetesJsonContext.Default, .. options.TypeInfoResolvers]),
        };
        JsonOptions.MakeReadOnly();
    }

    public string FieldManager { get; }

    public JsonSerializerOptions JsonOptions { get; }

    public void Dispose() => _transport.Dispose();

    public async Task<T?> GetAsync<T>(string name, string? @namespace, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await SendAsync<T>(new HttpCall(HttpMethod.Get, EntityInfo.Of<T>().Path(@namespace, name)), cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    public async Task<KubernetesList<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var query = new QueryText(EntityInfo.Of<T>().Path(options.Namespace))
            .Add("labelSelector", options.LabelSelector).Add("fieldSelector", options.FieldSelector)
            .Add("limit", options.Limit).Add("continue", options.Continue).Add("resourceVersion", options.ResourceVersion).ToString();
        var reader = ReaderOf<T>();
        return await ReadBodyAsync(new HttpCall(HttpMethod.Get, query), reader.ReadList, cancellationToken);
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var query = new QueryText(EntityInfo.Of<T>().Path(options.Namespace))
            .Add("watch", "true").Add("allowWatchBookmarks", "true")
            .Add("labelSelector", options.LabelSelector).Add("fieldSelector", options.FieldSelector)
            .Add("resourceVersion", options.ResourceVersion).Add("timeoutSeconds", (int?)options.Timeout?.TotalSeconds).ToString();
        var reader = ReaderOf<T>();
        using var response = await _transport.SendAsync(new HttpCall(HttpMethod.Get, query), cancellationToken);
        var lines = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken), PipeOptions);
        try
        {
            while (await ReadAsync(lines, query, cancellationToken) is { } read)
            {
                var rest = read.Buffer;
                while (TryTakeLine(ref rest, out var line))
                {
                    yield return reader.ReadEvent(line);
                }

                lines.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        finally
        {
            await lines.CompleteAsync();
        }
    }

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var info = Identify(entity);
        var path = new QueryText(info.Path(entity.Namespace())).Add("fieldManager", FieldManager).ToString();
        return SendAsync<T>(new HttpCall(HttpMethod.Post, path) { Body = SerializeEntity(entity) }, cancellationToken);
    }

    public Task<T> ApplyAsync<T>(T entity, bool force, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var info = Identify(entity);
        var path = new QueryText(info.Path(entity.Namespace(), entity.Name())).Add("fieldManager", FieldManager).Add("force", force ? "true" : null).ToString();
        return SendAsync<T>(new HttpCall(HttpMethod.Patch, path) { Body = SerializeEntity(entity), ContentType = "application/apply-patch+yaml" }, cancellationToken);
    }

    public Task<T> MergePatchAsync<T>(string name, string? @namespace, JsonObject patch, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var path = new QueryText(EntityInfo.Of<T>().Path(@namespace, name, subresource)).Add("fieldManager", FieldManager).ToString();
        return SendAsync<T>(new HttpCall(HttpMethod.Patch, path) { Body = SerializeNode(patch), ContentType = "application/merge-patch+json" }, cancellationToken);
    }

    public async Task<bool> DeleteAsync<T>(string name, string? @namespace, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var call = new HttpCall(HttpMethod.Delete, EntityInfo.Of<T>().Path(@namespace, name)) { Body = options is null ? null : SerializeNode(DeleteBody(options)) };
        try
        {
            (await _transport.SendAsync(call, cancellationToken)).Dispose();
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    public Task<JsonNode?> RequestAsync(RawRequest request, CancellationToken cancellationToken)
    {
        var call = new HttpCall(request.Method, request.PathAndQuery)
        {
            Body = request.Body is { } body ? SerializeNode(body) : null,
            ContentType = request.ContentType,
            RetryWhenThrottled = request.RetryWhenThrottled,
        };
        return ReadBodyAsync(call, static json => json.IsEmpty ? null : ParseNode(json), cancellationToken);
    }

    public async Task<bool> IsServedAsync(string group, string version, string plural, CancellationToken cancellationToken)
    {
        try
        {
            var path = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
            var answer = await RequestAsync(new RawRequest(HttpMethod.Get, path), cancellationToken);
            return answer?["resources"] is JsonArray resources && resources.Any(resource => (string?)resource?["name"] == plural);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }
}
