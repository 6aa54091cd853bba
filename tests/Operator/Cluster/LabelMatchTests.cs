using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;

namespace Berth.Operator.Tests.Cluster;

public sealed class LabelMatchTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["team"] = "shop", ["tier"] = "web" };

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("All", true)]
    [InlineData("None", false)]
    [InlineData("Something", false)]
    public void From_decides_which_namespaces_are_allowed(string? from, bool allowed) =>
        Assert.Equal(allowed, LabelMatch.Allows(new AllowedNamespaces { From = from }, new V1Namespace()));

    [Fact]
    public void Without_a_rule_all_are_allowed_and_a_selector_that_is_missing_allows_none()
    {
        Assert.True(LabelMatch.Allows(null, null));
        Assert.False(LabelMatch.Allows(new AllowedNamespaces { From = "Selector" }, new V1Namespace()));
        Assert.True(LabelMatch.Allows(new AllowedNamespaces { From = "Selector", Selector = new V1LabelSelector() }, new V1Namespace()));
    }

    [Theory]
    [InlineData("team", "In", "shop,bank", true)]
    [InlineData("team", "In", "bank", false)]
    [InlineData("zone", "In", "a", false)]
    [InlineData("team", "NotIn", "bank", true)]
    [InlineData("team", "NotIn", "shop", false)]
    [InlineData("zone", "NotIn", "a", true)]
    [InlineData("team", "Exists", "", true)]
    [InlineData("zone", "Exists", "", false)]
    [InlineData("team", "DoesNotExist", "", false)]
    [InlineData("zone", "DoesNotExist", "", true)]
    [InlineData("team", "Near", "shop", false)]
    public void Requirements_follow_the_api_servers_rules(string key, string op, string values, bool matches) => Assert.Equal(
        matches,
        LabelMatch.Matches(Labels, new V1LabelSelector { MatchExpressions = [new V1LabelSelectorRequirement { Key = key, OperatorProperty = op, Values = values.Split(',') }] }));

    [Fact]
    public void All_wanted_labels_have_to_be_there()
    {
        Assert.True(LabelMatch.HasAll(Labels, new Dictionary<string, string> { ["team"] = "shop" }));
        Assert.False(LabelMatch.HasAll(Labels, new Dictionary<string, string> { ["team"] = "shop", ["zone"] = "a" }));
        Assert.False(LabelMatch.HasAll(null, new Dictionary<string, string> { ["team"] = "shop" }));
        Assert.True(LabelMatch.HasAll(null, null));
    }
}
