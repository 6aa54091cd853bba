namespace Berth.Kubernetes;

/// <summary>Group, version, kind and plural of a type; the client builds its paths from it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityAttribute : Attribute
{
    /// <summary>API group; empty for the core group.</summary>
    public string Group { get; set; } = "";

    /// <summary>API version, such as <c>v1</c>.</summary>
    public string ApiVersion { get; set; } = "";

    /// <summary>The kind, in CamelCase and singular.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The plural in lower case, as in the URL.</summary>
    public string PluralName { get; set; } = "";

    /// <summary>Group and version as they stand in an object's <c>apiVersion</c>.</summary>
    public string GroupVersion => Group.Length == 0 ? ApiVersion : $"{Group}/{ApiVersion}";
}

/// <summary>Whether objects of a type live in namespaces.</summary>
public enum EntityScope
{
    Namespaced,
    Cluster,
}

/// <summary>Says where objects of the type live; a type without it is namespaced.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EntityScopeAttribute(EntityScope scope) : Attribute
{
    public EntityScope Scope { get; } = scope;
}

/// <summary>Bounds of the object's name, stricter than the DNS subdomain that the API server asks of every custom resource.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EntityNameAttribute(int maxLength) : Attribute
{
    public int MaxLength { get; } = maxLength;

    /// <summary>A regular expression (RE2, anchored) that the name must match; null for none.</summary>
    public string? Pattern { get; set; }
}

/// <summary>Short names for kubectl.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityShortNamesAttribute(params string[] shortNames) : Attribute
{
    public IReadOnlyList<string> ShortNames { get; } = shortNames;
}

/// <summary>Categories, such as <c>all</c>, under which <c>kubectl get</c> lists the kind.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EntityCategoriesAttribute(params string[] categories) : Attribute
{
    public IReadOnlyList<string> Categories { get; } = categories;
}

/// <summary>A column of <c>kubectl get</c>; columns are printed in the order of declaration.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string jsonPath, string name, string type = "string") : Attribute
{
    public string JsonPath { get; } = jsonPath;

    public string Name { get; } = name;

    /// <summary>string, integer, number, boolean or date.</summary>
    public string Type { get; } = type;

    /// <summary>True shows the column only with <c>-o wide</c>.</summary>
    public bool Wide { get; set; }

    public string? Description { get; set; }
}
