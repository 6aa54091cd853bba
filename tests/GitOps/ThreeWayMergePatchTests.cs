using System.Text.Json.Nodes;
using Berth.Testing.GitOps;

namespace Berth.GitOps.Tests;

public sealed class ThreeWayMergePatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", """{"a":1,"live":2}""", "{}")] // what only the live object has is left alone
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":1}""", """{"a":2}""")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1}""", """{"a":1,"b":1}""", """{"b":null}""")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1}""", """{"a":1}""", "{}")] // gone already
    [InlineData("""{"a":{"b":1,"c":1}}""", """{"a":{"b":1}}""", """{"a":{"b":1,"c":2,"d":3}}""", """{"a":{"c":null}}""")]
    [InlineData("""{"a":[{"x":1}]}""", """{"a":[{"x":1}]}""", """{"a":[{"x":1,"default":2}]}""", """{"a":[{"x":1}]}""")] // a default inside a list drifts for ever
    [InlineData("""{"a":{}}""", """{"a":{}}""", "{}", """{"a":{}}""")]
    public void Is_what_a_sync_would_change(string original, string desired, string live, string patch) =>
        Assert.Equal(patch, ThreeWayMergePatch.Between(Parse(original), Parse(desired), Parse(live)).ToJsonString());

    [Fact]
    public void Reads_what_was_applied_last_from_the_live_object()
    {
        var live = Parse("""{"metadata":{"name":"web","namespace":"shop","annotations":{}},"spec":{"a":1,"b":1}}""");
        live["metadata"]!["annotations"]![ThreeWayMergePatch.LastApplied] = """{"metadata":{"name":"web","namespace":"shop","annotations":{}},"spec":{"a":1,"b":1}}""";
        Assert.Equal("""{"spec":{"b":null}}""", ThreeWayMergePatch.ForSync(Parse("""{"metadata":{"name":"web"},"spec":{"a":1}}"""), live).ToJsonString());
    }

    [Fact]
    public void Without_it_nothing_is_taken_away()
    {
        var live = Parse("""{"metadata":{"name":"web","namespace":"shop"},"spec":{"a":1,"b":1}}""");
        Assert.Empty(ThreeWayMergePatch.ForSync(Parse("""{"metadata":{"name":"web"},"spec":{"a":1}}"""), live));
    }

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;
}
