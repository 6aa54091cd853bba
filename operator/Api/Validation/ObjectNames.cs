namespace Berth.Api;

/// <summary>Names from outside, before they become part of a path.</summary>
public static class ObjectNames
{
    /// <summary>True for what can be the name of an object or a namespace: a DNS subdomain.</summary>
    public static bool IsName(string? name) => !string.IsNullOrEmpty(name) && FieldText.IsDnsSubdomain(name);
}
