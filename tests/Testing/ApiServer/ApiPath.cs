namespace Berth.Testing.ApiServer;

/// <summary>What a request's path addresses: a collection, an object, or a subresource.</summary>
internal sealed record ApiPath(string Group, string Version, string Plural, string? Namespace, string? Name, string? Subresource)
{
    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Null for a path that is no resource's: discovery and the like.</summary>
    public static ApiPath? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        return parts switch
        {
            ["api", var version, .. { Length: > 0 } rest] => Parse("", version, rest),
            ["apis", var group, var version, .. { Length: > 0 } rest] => Parse(group, version, rest),
            _ => null,
        };
    }

    private static ApiPath? Parse(string group, string version, string[] rest) => rest switch
    {
        // Namespaces are both a resource and a part of others' paths.
        ["namespaces", var name, "status" or "finalize"] => new ApiPath(group, version, "namespaces", null, name, rest[2]),
        ["namespaces", var space, var plural] => new ApiPath(group, version, plural, space, null, null),
        ["namespaces", var space, var plural, var name] => new ApiPath(group, version, plural, space, name, null),
        ["namespaces", var space, var plural, var name, var subresource] => new ApiPath(group, version, plural, space, name, subresource),
        [var plural] => new ApiPath(group, version, plural, null, null, null),
        [var plural, var name] => new ApiPath(group, version, plural, null, name, null),
        [var plural, var name, var subresource] => new ApiPath(group, version, plural, null, name, subresource),
        _ => null,
    };
}
