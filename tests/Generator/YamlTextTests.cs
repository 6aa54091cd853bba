using System.Text.Json.Nodes;

namespace Berth.Generator.Tests;

public sealed class YamlTextTests
{
    [Fact]
    public void Documents_are_read_again_as_they_were()
    {
        string[] texts =
        [
            "plain", "two words", "a: b", "a #b", "- x", "true", "True", "yes", "No", "on", "y", "N", "null", "~", "", " ", "1", "1.5", "0x1", "1e3", "-", "a-",
            "it's", "\"quoted\"", "back\\slash", "line\nbreak", "tab\t", "a,b", "[x]", "{x}", "*x", "&x", "!x", "%x", "@x", "`x`", "|", ">", "a:", "é", "😀",
            "^[a-z]([-a-z0-9]*[a-z0-9])?$", new string('x', 500), string.Join(' ', Enumerable.Repeat("word", 200)),
        ];
        var document = new JsonObject
        {
            ["texts"] = new JsonArray([.. texts.Select(text => JsonValue.Create(text))]),
            ["values"] = new JsonArray(1, -1, long.MaxValue, true, false),
            ["empty"] = new JsonObject { ["map"] = new JsonObject(), ["list"] = new JsonArray() },
            ["nested"] = new JsonArray(new JsonObject { ["a"] = new JsonArray(new JsonArray("b")) }),
            ["no"] = "key",
        };

        var read = Assert.Single(Yaml.Read(YamlText.Write(document)));

        Assert.True(JsonNode.DeepEquals(document, read), read!.ToJsonString());
    }

    [Fact]
    public void Each_value_is_on_one_line_and_lines_end_as_in_the_repository()
    {
        var text = YamlText.Write(new JsonObject { ["a"] = string.Join(' ', Enumerable.Repeat("word", 200)), ["b"] = 1 });

        Assert.Equal(2, text.Count(character => character == '\n'));
        Assert.DoesNotContain('\r', text);
    }

    [Fact]
    public void Definitions_are_read_again_as_they_were_generated() =>
        Assert.All(Generation.Kinds(), kind =>
        {
            var generated = CustomResourceDefinition.Write(kind);
            Assert.True(JsonNode.DeepEquals(generated, Assert.Single(Yaml.Read(YamlText.Write(generated)))), kind.Entity.Kind);
        });
}
