using System.Text.Json.Nodes;

namespace Berth.Audit.Tests;

/// <summary>One verb on one resource that a role grants to an account, in one namespace or in all, for one name or for all.</summary>
internal sealed record Permission(string Account, string? Namespace, string Group, string Resource, string Verb, string? Name)
{
    /// <summary>Whether it allows a request.</summary>
    public bool Allows(ApiRequest request) =>
        (Account, Group, Resource, Verb) == (request.Account, request.Group, request.Resource, request.Verb)
        && (Namespace is null || Namespace == request.Namespace)
        && (Name is null || Name == request.Name);

    /// <summary>Whether a request is a use of it. A live look at one object, which is for doubtful cases, tells nothing that a list of them all does not.</summary>
    public bool IsUsedBy(ApiRequest request) => Allows(request) || (Verb == "get" && request.Verb == "list" && Allows(request with { Verb = Verb }));

    public override string ToString() =>
        $"{Account}: {Verb} {Resource}{(Group.Length > 0 ? $".{Group}" : "")}{(Name is null ? "" : $" {Name}")}{(Namespace is null ? "" : $" in {Namespace}")}";

    /// <summary>All that the roles bound to an account grant.</summary>
    /// <param name="items">Roles, ClusterRoles and their bindings, as the API server has them.</param>
    public static IEnumerable<Permission> Of(string account, IReadOnlyList<KubernetesJson> items) =>
        from binding in items
        where binding.Text("kind") is "RoleBinding" or "ClusterRoleBinding" && Binds(binding, account)
        from role in items
        where role.Text("kind") == binding.Text("roleRef.kind") && role.Name == binding.Text("roleRef.name")
            && (role.Text("kind") == "ClusterRole" || role.Text("metadata.namespace") == binding.Text("metadata.namespace"))
        let scope = binding.Text("kind") == "RoleBinding" ? binding.Text("metadata.namespace") : null
        from rule in Nodes(role.At("rules"))
        from permission in Of(account, scope, rule)
        select permission;

    private static IEnumerable<Permission> Of(string account, string? scope, JsonNode rule) =>
        from @group in Texts(rule["apiGroups"])
        from resource in Texts(rule["resources"])
        from verb in Texts(rule["verbs"])
        from name in Texts(rule["resourceNames"]).DefaultIfEmpty()
        select new Permission(account, scope, @group, resource, verb, name);

    private static bool Binds(KubernetesJson binding, string account) =>
        Nodes(binding.At("subjects")).Any(subject =>
            $"system:serviceaccount:{(string?)subject["namespace"]}:{(string?)subject["name"]}" == account);

    private static IEnumerable<JsonNode> Nodes(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonNode>();

    private static IEnumerable<string> Texts(JsonNode? list) => Nodes(list).Select(node => (string)node!);
}
