using System.Text.Json.Nodes;
using Berth.Runtime.Conditions;

namespace Berth.Runtime.Tests.Conditions;

public sealed class JsonMergePatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", null)]
    [InlineData("""{"a":1}""", """{"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":1}""", """{}""", """{"a":null}""")]
    [InlineData("""{}""", """{"a":1}""", """{"a":1}""")]
    [InlineData("""{"a":null}""", """{}""", null)]
    [InlineData("""{"a":{"b":1,"c":2}}""", """{"a":{"b":1,"c":3}}""", """{"a":{"c":3}}""")]
    [InlineData("""{"a":{"b":1,"c":2}}""", """{"a":{"b":1}}""", """{"a":{"c":null}}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":{}}""", """{"a":{"b":null}}""")]
    [InlineData("""{"a":{"b":1}}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""", """{"a":[2,1]}""")]
    [InlineData("""{"a":[{"x":1}]}""", """{"a":[{"x":1}]}""", null)]
    [InlineData("""{"a":1.0}""", """{"a":1}""", null)]
    [InlineData("""{"a":"1"}""", """{"a":1}""", """{"a":1}""")]
    public void Says_the_least_that_turns_one_into_the_other(string live, string desired, string? expected)
    {
        var patch = JsonMergePatch.Diff(Parse(live), Parse(desired));

        Assert.True(JsonNode.DeepEquals(expected is null ? null : Parse(expected), patch), patch?.ToJsonString());
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
