using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.FaultyAgent;

/// <summary>Reaches a failpoint before each write at the API server and, when it succeeded, after it. Reads pass through.</summary>
internal sealed class FailpointClient(IKubernetesClient real, Failpoints points) : IKubernetesClient
{
    public string FieldManager => real.FieldManager;

    public JsonSerializerOptions JsonOptions => real.JsonOptions;

    public Task<T?> GetAsync<T>(string name, string? @namespace, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => real.GetAsync<T>(name, @namespace, cancellationToken);

    public Task<KubernetesList<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => real.ListAsync<T>(options, cancellationToken);

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => real.WatchAsync<T>(options, cancellationToken);

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => AroundAsync<T, T>("Create", null, () => real.CreateAsync(entity, cancellationToken));

    public Task<T> ApplyAsync<T>(T entity, bool force, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => AroundAsync<T, T>("Apply", null, () => real.ApplyAsync(entity, force, cancellationToken));

    public Task<T> MergePatchAsync<T>(string name, string? @namespace, JsonObject patch, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        AroundAsync<T, T>("MergePatch", subresource, () => real.MergePatchAsync<T>(name, @namespace, patch, subresource, cancellationToken));

    public Task<bool> DeleteAsync<T>(string name, string? @namespace, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => AroundAsync<T, bool>("Delete", null, () => real.DeleteAsync<T>(name, @namespace, options, cancellationToken));

    public Task<JsonNode?> RequestAsync(RawRequest request, CancellationToken cancellationToken) => real.RequestAsync(request, cancellationToken);

    public Task<bool> IsServedAsync(string group, string version, string plural, CancellationToken cancellationToken) =>
        real.IsServedAsync(group, version, plural, cancellationToken);

    private async Task<TResult> AroundAsync<T, TResult>(string verb, string? subresource, Func<Task<TResult>> write)
    {
        var plural = EntityInfo.Of<T>().Plural;

        // A heartbeat and a node's figures come when their time is, and are no part of what is done for a VM.
        if (plural is "leases" or "hypervisors")
        {
            return await write();
        }

        var name = $"{plural}{(subresource is null ? "" : $"/{subresource}")}.{verb}";
        points.Reach($"{name}:before");
        var result = await write();
        points.Reach($"{name}:after");
        return result;
    }
}
