using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Berth.NodeAgent.Tests;

/// <summary>Reads a VirtualMachine from YAML, as kubectl would send it.</summary>
internal static class VirtualMachineYaml
{
    public static VirtualMachine Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return JsonSerializer.Deserialize(ToJson(stream.Documents[0].RootNode), ApiJsonContext.Default.VirtualMachine)!;
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToJson)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => null,
    };

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        return (scalar.Style, text) switch
        {
            (not ScalarStyle.Plain, _) => JsonValue.Create(text),
            (_, "" or "null" or "~") => null,
            (_, "true") => JsonValue.Create(true),
            (_, "false") => JsonValue.Create(false),
            _ => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : JsonValue.Create(text),
        };
    }
}
