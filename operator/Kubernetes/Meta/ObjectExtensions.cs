namespace Berth.Kubernetes;

/// <summary>What is asked of an object's metadata everywhere.</summary>
public static class ObjectExtensions
{
    /// <summary>The object's name; empty before the server has given it one.</summary>
    public static string Name(this IKubernetesObject<V1ObjectMeta> resource) => resource.Metadata.Name ?? "";

    /// <summary>The object's namespace; null for a cluster-scoped object.</summary>
    public static string? Namespace(this IKubernetesObject<V1ObjectMeta> resource) => resource.Metadata.NamespaceProperty;

    /// <summary>The object's UID; empty before it is stored.</summary>
    public static string Uid(this IKubernetesObject<V1ObjectMeta> resource) => resource.Metadata.Uid ?? "";

    /// <summary>True once deletion was asked for; finalizers may still hold the object.</summary>
    public static bool IsDeleting(this IKubernetesObject<V1ObjectMeta> resource) => resource.Metadata.DeletionTimestamp is not null;

    /// <summary>True when <paramref name="finalizer"/> is on the object.</summary>
    public static bool HasFinalizer(this IKubernetesObject<V1ObjectMeta> resource, string finalizer) =>
        resource.Metadata.Finalizers?.Contains(finalizer) == true;

    /// <summary>The value of a label, or null.</summary>
    public static string? Label(this IKubernetesObject<V1ObjectMeta> resource, string key) =>
        resource.Metadata.Labels is { } labels && labels.TryGetValue(key, out var value) ? value : null;

    /// <summary>The value of an annotation, or null.</summary>
    public static string? Annotation(this IKubernetesObject<V1ObjectMeta> resource, string key) =>
        resource.Metadata.Annotations is { } annotations && annotations.TryGetValue(key, out var value) ? value : null;

    /// <summary>The owner that controls the object, or null.</summary>
    public static V1OwnerReference? ControllerOwner(this IKubernetesObject<V1ObjectMeta> resource) =>
        resource.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true);

    /// <summary>Namespace and name.</summary>
    public static ObjectKey Key(this IKubernetesObject<V1ObjectMeta> resource) => new(resource.Namespace(), resource.Name());

    /// <summary>The condition of <paramref name="type"/>, or null.</summary>
    public static Condition? Find(this IEnumerable<Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>True when the condition of <paramref name="type"/> is present and True.</summary>
    public static bool IsTrue(this IEnumerable<Condition>? conditions, string type) =>
        conditions.Find(type)?.Status == ConditionStatus.True;
}
