using System.Reflection;
using System.Text;
using Berth.Kubernetes;

namespace Berth.Runtime.Client;

/// <summary>How a type is addressed at the API server: read once from its <see cref="KubernetesEntityAttribute"/> and <see cref="EntityScopeAttribute"/>.</summary>
public sealed record EntityInfo(string Group, string Version, string Kind, string Plural, bool IsNamespaced)
{
    /// <summary>Group and version as they stand in an object's <c>apiVersion</c>.</summary>
    public string GroupVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>What is known of <typeparamref name="T"/>.</summary>
    /// <exception cref="InvalidOperationException">The type has no <see cref="KubernetesEntityAttribute"/>.</exception>
    public static EntityInfo Of<T>() => Cache<T>.Value;

    /// <summary>The path of a collection, of one object in it, or of a subresource of that object.</summary>
    /// <remarks>A namespaced kind without <paramref name="namespace"/> is the collection over all namespaces.</remarks>
    public string Path(string? @namespace, string? name = null, string? subresource = null)
    {
        var path = new StringBuilder(Group.Length == 0 ? "/api/" : "/apis/").Append(GroupVersion);
        if (IsNamespaced && !string.IsNullOrEmpty(@namespace))
        {
            path.Append("/namespaces/").Append(Uri.EscapeDataString(@namespace));
        }

        path.Append('/').Append(Plural);
        if (name is not null)
        {
            path.Append('/').Append(Uri.EscapeDataString(name));
        }

        return (subresource is null ? path : path.Append('/').Append(subresource)).ToString();
    }

    private static EntityInfo Read(Type type)
    {
        var entity = type.GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException($"{type.Name} has no [KubernetesEntity].");
        var scope = type.GetCustomAttribute<EntityScopeAttribute>()?.Scope ?? EntityScope.Namespaced;
        return new EntityInfo(entity.Group, entity.ApiVersion, entity.Kind, entity.PluralName, scope == EntityScope.Namespaced);
    }

    private static class Cache<T>
    {
        public static readonly EntityInfo Value = Read(typeof(T));
    }
}
