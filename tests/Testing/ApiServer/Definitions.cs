using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Testing.ApiServer;

/// <summary>The definitions of custom kinds, and what becomes of objects when theirs is deleted. The fake server serves a kind with or without one.</summary>
public static class Definitions
{
    private const string Cleanup = "customresourcecleanup.apiextensions.k8s.io";
    private static readonly DateTimeOffset LongAgo = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Defines a kind; once more, as somebody does who has taken the former definition away by force.</summary>
    public static void Define<T>(this FakeApiServer server, DateTimeOffset? at = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => server.Seed(new V1CustomResourceDefinition
        {
            Metadata = new V1ObjectMeta { Name = NameOf<T>(), CreationTimestamp = at ?? LongAgo, Finalizers = [Cleanup] },
        });

    /// <summary>Deletes a kind: the definition first, which its finalizer holds, then every object.</summary>
    public static void DeleteKind<T>(this FakeApiServer server)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        server.Delete<V1CustomResourceDefinition>(NameOf<T>());
        foreach (var item in server.List<T>())
        {
            server.Delete<T>(item.Name(), item.Namespace());
        }
    }

    /// <summary>Takes a definition away, by its finalizer where it has one; objects that are held stay in the store.</summary>
    public static void RemoveDefinition<T>(this FakeApiServer server)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        server.Patch<V1CustomResourceDefinition>(NameOf<T>(), null, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        if (server.Find<V1CustomResourceDefinition>(NameOf<T>()) is not null)
        {
            server.Delete<V1CustomResourceDefinition>(NameOf<T>());
        }
    }

    /// <summary>Sets an annotation to the object's own UID, as a person does who answers for its deletion.</summary>
    public static void Answer<T>(this FakeApiServer server, string name, string? @namespace, string annotation)
        where T : class, IKubernetesObject<V1ObjectMeta> => server.Patch<T>(name, @namespace, new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [annotation] = server.Find<T>(name, @namespace)!.Uid() } },
        });

    private static string NameOf<T>() => $"{EntityInfo.Of<T>().Plural}.{EntityInfo.Of<T>().Group}";
}
