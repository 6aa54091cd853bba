using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Testing.ApiServer;

/// <summary>An API server inside the test's own process, over real loopback TCP, for any kind and without schemas.</summary>
/// <remarks>
/// It keeps what clients stumble over: conflicts by resourceVersion and UID, generations, the status subresource, finalizers,
/// graceful deletion of bound pods, namespaces that terminate, selectors, consistent pages, watches with bookmarks that expire,
/// and server-side apply (ownership per manager; lists as a whole). It has no validation, admission, authorization,
/// garbage collection or strategic merge. What a test says about it should hold for a real server too.
/// </remarks>
public sealed class FakeApiServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(KubernetesJsonContext.Default.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private readonly WebApplication _app;
    private readonly FakeApiServerOptions _options;
    private readonly ObjectTable _table;
    private readonly ApiHandler _handler;
    private readonly ConcurrentQueue<ApiRequest> _requests = new();
    private readonly X509Certificate2? _certificate;
    private CancellationTokenSource _watches = new();

    private FakeApiServer(FakeApiServerOptions options)
    {
        _options = options;
        Token = options.Token;
        _table = new ObjectTable(TimeProvider.System, options);
        _handler = new ApiHandler(_table, Faults, Tokens, options, () => _watches.Token);
        _certificate = options.UseTls ? CreateCertificate() : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (_certificate is not null)
            {
                listen.UseHttps(_certificate);
            }
        }));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Trouble to make.</summary>
    public ApiFaults Faults { get; } = new();

    /// <summary>What it answers to TokenReviews.</summary>
    public ApiTokens Tokens { get; } = new();

    /// <summary>The token that requests must bear from now on; null takes any.</summary>
    public string? Token { get; set; }

    /// <summary>How a client reaches the server.</summary>
    public KubernetesClientConfiguration Configuration { get; private set; } = null!;

    /// <summary>Every request so far, in order.</summary>
    public IReadOnlyList<ApiRequest> Requests => [.. _requests];

    /// <summary>Every request so far that writes.</summary>
    public IReadOnlyList<ApiRequest> Writes => [.. _requests.Where(request => request.IsWrite)];

    /// <summary>The newest resourceVersion.</summary>
    public long Version => _table.Version;

    public static async Task<FakeApiServer> StartAsync(FakeApiServerOptions? options = null)
    {
        var server = new FakeApiServer(options ?? new FakeApiServerOptions());
        await server._app.StartAsync();
        server.Configuration = new KubernetesClientConfiguration(new Uri(server._app.Urls.Single()))
        {
            Token = server.Token,
            CertificateAuthorities = server._certificate is { } certificate ? [certificate] : null,
        };
        return server;
    }

    /// <summary>Forgets the requests so far, for what is counted next.</summary>
    public void ForgetRequests() => _requests.Clear();

    /// <summary>Breaks every open watch, as a restarted server or a cut cable does.</summary>
    public void CutWatches() => Interlocked.Exchange(ref _watches, new CancellationTokenSource()).Cancel();

    /// <summary>Forgets all history: open pages and older watches expire (410).</summary>
    public void ExpireHistory() => _table.Compact();

    /// <summary>A backup.</summary>
    public TableState Save() => _table.Save();

    /// <summary>Goes back to a backup and starts again. As on a real server, a watch from a version that is yet to come is taken, and hears nothing until then.</summary>
    public void Restore(TableState state)
    {
        _table.Restore(state);
        CutWatches();
    }

    /// <summary>Puts an object in place as it is, status and all.</summary>
    public T Seed<T>(T entity)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var info = EntityInfo.Of<T>();
        (entity.ApiVersion, entity.Kind) = (info.GroupVersion, info.Kind);
        return _table.Seed(PathOf<T>(entity.Namespace(), entity.Name()), (JsonObject)JsonSerializer.SerializeToNode(entity, Json)!).Deserialize<T>(Json)!;
    }

    /// <summary>Puts any JSON in place of an object, also one that fits no type.</summary>
    public void Seed(string pathOfObject, JsonObject item) =>
        _table.Seed(ApiPath.Parse(pathOfObject) ?? throw new ArgumentException("No path of an object.", nameof(pathOfObject)), item);

    /// <summary>The object as it is stored; null when there is none.</summary>
    public T? Find<T>(string name, string? @namespace = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => _table.Find(PathOf<T>(@namespace, name)).Deserialize<T>(Json);

    /// <summary>The object as it is stored, with what its type does not know.</summary>
    public JsonObject FindJson<T>(string name, string? @namespace = null)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        _table.Find(PathOf<T>(@namespace, name)) ?? throw new InvalidOperationException($"There is no {typeof(T).Name} {name}.");

    /// <summary>All objects of a kind as they are stored.</summary>
    public IReadOnlyList<T> List<T>(string? @namespace = null)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        [.. _table.List(PathOf<T>(@namespace, null), new Selector(null, null), null, null).Items.Select(item => item.Deserialize<T>(Json)!)];

    /// <summary>The resourceVersions of all objects of a kind, without reading the rest of them: some tests have megabytes.</summary>
    public IReadOnlyDictionary<ObjectKey, string?> VersionsOf<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        _table.List(PathOf<T>(null, null), new Selector(null, null), null, null).Items.Select(item => item["metadata"]!).ToDictionary(
            metadata => new ObjectKey((string?)metadata["namespace"], (string)metadata["name"]!), metadata => (string?)metadata["resourceVersion"]);

    /// <summary>Changes an object or its subresource by a merge patch, as some other client.</summary>
    public T Patch<T>(string name, string? @namespace, JsonObject patch, string? subresource = null)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        _table.Update(PathOf<T>(@namespace, name) with { Subresource = subresource }, item => JsonEdit.MergePatch(item, patch)).Deserialize<T>(Json)!;

    /// <summary>Deletes an object, as some other client; finalizers hold it. A <paramref name="gracePeriodSeconds"/> of 0 is what a kubelet sends.</summary>
    public void Delete<T>(string name, string? @namespace = null, long? gracePeriodSeconds = null)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        _table.Delete(PathOf<T>(@namespace, name), gracePeriodSeconds is { } grace ? new JsonObject { ["gracePeriodSeconds"] = grace } : null);

    public async ValueTask DisposeAsync()
    {
        CutWatches();
        await _app.DisposeAsync();
        _watches.Dispose();
        _certificate?.Dispose();
    }

    private static ApiPath PathOf<T>(string? @namespace, string? name) => ApiPath.Parse(EntityInfo.Of<T>().Path(@namespace, name))!;

    private async Task HandleAsync(HttpContext context)
    {
        var path = ApiPath.Parse(context.Request.Path);
        var request = new ApiRequest(
            context.Request.Method,
            context.Request.Path,
            context.Request.QueryString.Value ?? "",
            context.Request.Headers.UserAgent.ToString(),
            context.Request.Query["fieldManager"].FirstOrDefault())
        {
            Resource = path?.Plural ?? "",
            Subresource = path?.Subresource,
            Protocol = context.Request.Protocol,
        };
        _requests.Enqueue(request);
        try
        {
            await AnswerAsync(context, path, Faults.Take(request));
        }
        catch (ApiFailure failure) when (!context.Response.HasStarted)
        {
            if (failure.RetryAfter is { } delay)
            {
                context.Response.Headers.RetryAfter = ((int)Math.Ceiling(delay.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            await ApiHandler.WriteAsync(context, failure.Code, failure.ToStatus());
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            // A bug of this server: the test's client shows it in full.
            await ApiHandler.WriteAsync(context, HttpStatusCode.InternalServerError, new ApiFailure(HttpStatusCode.InternalServerError, "InternalError", e.ToString()).ToStatus());
        }
    }

    private async Task AnswerAsync(HttpContext context, ApiPath? path, ApiFaults.Fault? fault)
    {
        await Task.Delay(fault?.Delay ?? TimeSpan.Zero, context.RequestAborted);
        if (fault is { Cuts: true })
        {
            context.Abort();
            return;
        }

        if (fault is { Code: { } code })
        {
            throw new ApiFailure(code, code.ToString(), "made to fail") { RetryAfter = fault.RetryAfter };
        }

        if (Token is { } token && context.Request.Headers.Authorization != $"Bearer {token}")
        {
            throw new ApiFailure(HttpStatusCode.Unauthorized, "Unauthorized", "Unauthorized");
        }

        if (fault is { LosesAnswer: true })
        {
            context.Response.Body = Stream.Null;
        }

        if (path is null)
        {
            await ApiHandler.WriteAsync(context, HttpStatusCode.OK, Discovery.Answer(context.Request.Path, _options.NotServed));
        }
        else if (_options.NotServed.Contains(path.GroupVersion))
        {
            throw new ApiFailure(HttpStatusCode.NotFound, "NotFound", "the server could not find the requested resource");
        }
        else
        {
            await _handler.HandleAsync(context, path);
        }

        if (fault is { LosesAnswer: true })
        {
            context.Abort();
        }
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=fake-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
    }
}
