using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Kubernetes;

namespace Berth.Runtime.Client;

/// <summary>Typed access to the API server. Every failure is a <see cref="KubernetesException"/>, except cancellation.</summary>
/// <remarks>Throttling (429, and 503 with Retry-After) is waited for and retried a bounded number of times; nothing else is retried here.</remarks>
public interface IKubernetesClient
{
    /// <summary>The field manager that this client's writes are recorded under.</summary>
    string FieldManager { get; }

    /// <summary>The JSON options that objects are read and written with; source-generated.</summary>
    JsonSerializerOptions JsonOptions { get; }

    /// <summary>Reads one object from the API server (a quorum read, never a cache); null when there is none.</summary>
    Task<T?> GetAsync<T>(string name, string? @namespace, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Reads one page of a collection; all of it when <see cref="ListOptions.Limit"/> is null.</summary>
    /// <remarks>An item that does not fit the type is logged, counted and left out: one object never hides the others.</remarks>
    Task<KubernetesList<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Follows a collection from a version on. Ends when the server ends it.</summary>
    /// <exception cref="KubernetesException"><see cref="KubernetesException.IsExpired"/>: the version is too old, list again. Others: the stream broke.</exception>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Creates an object and returns it as the server stored it.</summary>
    Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Server-side apply: creates or changes exactly the fields that <paramref name="entity"/> sets; <paramref name="force"/> takes over fields of other managers.</summary>
    Task<T> ApplyAsync<T>(T entity, bool force, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Sends an RFC 7386 merge patch to an object or to its <paramref name="subresource"/>. <c>metadata.resourceVersion</c> in the patch makes it conditional.</summary>
    Task<T> MergePatchAsync<T>(string name, string? @namespace, JsonObject patch, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Asks for deletion; false when there was nothing to delete. Finalizers and grace may keep the object for a while.</summary>
    Task<bool> DeleteAsync<T>(string name, string? @namespace, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Sends a request of any kind and returns the answer's JSON; null when it is empty.</summary>
    Task<JsonNode?> RequestAsync(RawRequest request, CancellationToken cancellationToken);

    /// <summary>Asks discovery whether the server serves a resource.</summary>
    Task<bool> IsServedAsync(string group, string version, string plural, CancellationToken cancellationToken);
}
