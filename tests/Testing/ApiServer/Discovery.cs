using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Testing.ApiServer;

/// <summary>Discovery of the kinds that carry a <see cref="KubernetesEntityAttribute"/> here.</summary>
internal static class Discovery
{
    private static readonly EntityInfo[] Kinds =
    [
        .. new[] { typeof(V1Pod).Assembly, typeof(Api.VirtualMachine).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Select(type => (Entity: type.GetCustomAttribute<KubernetesEntityAttribute>(), Scope: type.GetCustomAttribute<EntityScopeAttribute>()))
            .Where(type => type.Entity is not null)
            .Select(type => new EntityInfo(type.Entity!.Group, type.Entity.ApiVersion, type.Entity.Kind, type.Entity.PluralName, type.Scope?.Scope != EntityScope.Cluster)),
    ];

    public static JsonObject Answer(string path, IReadOnlySet<string> notServed)
    {
        var groupVersion = path.Trim('/').Split('/') switch
        {
            ["version"] => null,
            ["api", var version] => version,
            ["apis", var group, var version] => $"{group}/{version}",
            _ => throw NotFound(),
        };
        if (groupVersion is null)
        {
            return new JsonObject { ["major"] = "1", ["minor"] = "20", ["gitVersion"] = "v1.20.2-fake" };
        }

        var kinds = Kinds.Where(kind => kind.GroupVersion == groupVersion).ToArray();
        return kinds.Length == 0 || notServed.Contains(groupVersion) ? throw NotFound() : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = groupVersion,
            ["resources"] = new JsonArray([.. kinds.Select(kind => new JsonObject { ["name"] = kind.Plural, ["kind"] = kind.Kind, ["namespaced"] = kind.IsNamespaced })]),
        };
    }

    private static ApiFailure NotFound() => new(HttpStatusCode.NotFound, "NotFound", "the server could not find the requested resource");
}
