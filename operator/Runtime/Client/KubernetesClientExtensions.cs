using System.Text.Json.Nodes;
using Berth.Kubernetes;

namespace Berth.Runtime.Client;

/// <summary>The same requests, addressed by key or by object.</summary>
public static class KubernetesClientExtensions
{
    /// <summary>Reads one object; null when there is none.</summary>
    public static Task<T?> GetAsync<T>(this IKubernetesClient client, ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => client.GetAsync<T>(key.Name, key.Namespace, cancellationToken);

    /// <summary>Reads the CustomResourceDefinition of <typeparamref name="T"/>; null when there is none.</summary>
    public static Task<V1CustomResourceDefinition?> GetDefinitionAsync<T>(this IKubernetesClient client, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var info = EntityInfo.Of<T>();
        return client.GetAsync<V1CustomResourceDefinition>($"{info.Plural}.{info.Group}", null, cancellationToken);
    }

    /// <summary>Reads an object, and after it the definition of its kind: a definition that is whole then was not being deleted when the object was read. Null for what there is not; without the object the definition is not read.</summary>
    public static async Task<(T? Live, V1CustomResourceDefinition? Definition)> GetWithDefinitionAsync<T>(this IKubernetesClient client, ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        await client.GetAsync<T>(key, cancellationToken) is { } live ? (live, await client.GetDefinitionAsync<T>(cancellationToken)) : (null, null);

    /// <summary>Patches the object only while it has the version and UID of <paramref name="entity"/>: another version gives a conflict.</summary>
    public static Task<T> MergePatchAsync<T>(this IKubernetesClient client, T entity, JsonObject patch, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var metadata = patch["metadata"] as JsonObject ?? [];
        metadata["resourceVersion"] = entity.Metadata.ResourceVersion;
        patch["metadata"] = metadata;
        return client.MergePatchAsync<T>(entity.Name(), entity.Namespace(), patch, subresource, cancellationToken);
    }

    /// <summary>Deletes exactly this object: one of the same name and another UID gives a conflict.</summary>
    public static Task<bool> DeleteAsync<T>(this IKubernetesClient client, T entity, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        client.DeleteAsync<T>(entity.Name(), entity.Namespace(), (options ?? new DeleteOptions()) with { Uid = entity.Metadata.Uid }, cancellationToken);

    /// <summary>Adds a finalizer where it is missing; returns the object as it is then.</summary>
    public static async Task<T> AddFinalizerAsync<T>(this IKubernetesClient client, T entity, string finalizer, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => entity.HasFinalizer(finalizer)
        ? entity
        : await client.MergePatchAsync(entity, Finalizers([.. entity.Metadata.Finalizers ?? [], finalizer]), null, cancellationToken);

    /// <summary>Removes a finalizer where it is present; returns the object as it was answered, which may be its last state.</summary>
    public static async Task<T> RemoveFinalizerAsync<T>(this IKubernetesClient client, T entity, string finalizer, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => entity.HasFinalizer(finalizer)
        ? await client.MergePatchAsync(entity, Finalizers(entity.Metadata.Finalizers!.Where(other => other != finalizer)), null, cancellationToken)
        : entity;

    private static JsonObject Finalizers(IEnumerable<string> finalizers) =>
        new() { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. finalizers.Select(name => (JsonNode?)JsonValue.Create(name))]) } };
}
