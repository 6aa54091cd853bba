using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Berth.Runtime.Client;

/// <summary>Turns one YAML document into a JSON tree whose every scalar is a string, from parser events alone: no reflection.</summary>
internal static class YamlReader
{
    public static JsonNode? Read(TextReader text)
    {
        var parser = new Parser(text);
        parser.Consume<StreamStart>();
        if (!parser.TryConsume<DocumentStart>(out _))
        {
            return null;
        }

        return ReadNode(parser, []);
    }

    private static JsonNode? ReadNode(Parser parser, Dictionary<string, JsonNode?> anchors)
    {
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return anchors.GetValueOrDefault(alias.Value.Value)?.DeepClone();
        }

        var start = (NodeEvent?)parser.Current ?? throw new YamlException("The document ends early.");
        var node = ReadContent(parser, anchors);
        if (!start.Anchor.IsEmpty)
        {
            anchors[start.Anchor.Value] = node;
        }

        return node;
    }

    private static JsonNode? ReadContent(Parser parser, Dictionary<string, JsonNode?> anchors)
    {
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "null" or "~" ? null : JsonValue.Create(scalar.Value);
        }

        if (parser.TryConsume<SequenceStart>(out _))
        {
            var array = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                array.Add(ReadNode(parser, anchors));
            }

            return array;
        }

        parser.Consume<MappingStart>();
        var mapping = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            mapping[parser.Consume<Scalar>().Value] = ReadNode(parser, anchors);
        }

        return mapping;
    }
}
