using System.Text.Json.Nodes;

namespace Berth.Generator.Tests;

/// <summary>What the roles of <c>config/rbac</c> grant, read as the API server reads them.</summary>
public sealed class RolesTests
{
    private static readonly JsonNode[] Objects =
        [.. Directory.GetFiles(Checkout.PathOf("config/rbac"), "*.yaml").SelectMany(file => Yaml.Read(File.ReadAllText(file))).OfType<JsonNode>()];

    [Fact]
    public void An_agent_has_no_verb_on_secrets_pods_or_tokens()
    {
        var granted = RulesOf("berth-agent").SelectMany(Resources).ToList();
        Assert.NotEmpty(granted);
        Assert.DoesNotContain("*", granted);
        Assert.DoesNotContain(granted, resource => resource.Split('/')[0] is "secrets" or "pods" or "serviceaccounts" or "tokenreviews" or "roles" or "clusterroles");
    }

    [Fact]
    public void An_agent_changes_no_spec_and_deletes_nothing()
    {
        foreach (var rule in RulesOf("berth-agent").Where(rule => Texts(rule, "apiGroups").Contains("berth.dev")))
        {
            var verbs = Texts(rule, "verbs").Except(["get", "list", "watch"]).ToList();
            Assert.Equal(
                verbs switch { [] => [], ["create"] => ["hypervisors"], ["patch"] => Resources(rule).Where(resource => resource.EndsWith("/status", StringComparison.Ordinal)), _ => ["no such verb"] },
                verbs.Count == 0 ? [] : Resources(rule));
        }
    }

    [Fact]
    public void Nobody_has_everything()
    {
        Assert.DoesNotContain(Objects.Where(IsRole).SelectMany(Rules), rule =>
            Texts(rule, "apiGroups").Concat(Texts(rule, "resources")).Concat(Texts(rule, "verbs")).Contains("*"));
    }

    [Fact]
    public void Berths_own_objects_are_granted_in_its_namespace_alone()
    {
        var clusterWide = Objects.Where(role => Kind(role) == "ClusterRole").SelectMany(Rules).SelectMany(Resources);
        Assert.Empty(clusterWide.Intersect(["leases", "configmaps"]));
    }

    [Fact]
    public void Secrets_of_others_are_read_by_one_role_that_can_do_nothing_else()
    {
        var clusterWide = Objects.Where(role => Kind(role) == "ClusterRole" && Rules(role).Any(rule => Resources(rule).Contains("secrets"))).ToList();
        var rule = Assert.Single(Rules(Assert.Single(clusterWide)));
        Assert.Equal(["secrets"], Resources(rule));
        Assert.Equal(["get"], Texts(rule, "verbs"));
        Assert.Equal("berth-user-data", Name(clusterWide[0]));
    }

    /// <summary>Rules of all roles that are bound to the account.</summary>
    private static IEnumerable<JsonNode> RulesOf(string account)
    {
        var bindings = Objects.Where(item => Kind(item).EndsWith("RoleBinding", StringComparison.Ordinal)
            && item["subjects"]!.AsArray().Any(subject => (string?)subject!["kind"] == "ServiceAccount" && (string?)subject["name"] == account));
        return bindings.SelectMany(binding => Objects.Where(role => IsRole(role) && Kind(role) == (string?)binding["roleRef"]!["kind"] && Name(role) == (string?)binding["roleRef"]!["name"])).SelectMany(Rules);
    }

    private static bool IsRole(JsonNode item) => Kind(item) is "Role" or "ClusterRole";

    private static IEnumerable<JsonNode> Rules(JsonNode role) => role["rules"]!.AsArray().OfType<JsonNode>();

    private static string[] Resources(JsonNode rule) => Texts(rule, "resources");

    private static string[] Texts(JsonNode rule, string field) => [.. (rule[field] as JsonArray ?? []).Select(text => (string)text!)];

    private static string Kind(JsonNode item) => (string)item["kind"]!;

    private static string Name(JsonNode item) => (string)item["metadata"]!["name"]!;
}
