using YamlDotNet.RepresentationModel;

namespace Berth.EndToEnd.Tests;

/// <summary>The fields of a kind, as its CustomResourceDefinition in <c>config/crd</c> has them.</summary>
internal static class CrdFields
{
    /// <summary>Paths of all fields below <c>spec</c> that hold a value; <c>[]</c> marks a list's items, <c>{}</c> a map's values.</summary>
    public static IReadOnlyList<string> OfSpec(string crdPath)
    {
        var stream = new YamlStream();
        using (var reader = File.OpenText(crdPath))
        {
            stream.Load(reader);
        }

        var version = (YamlMappingNode)((YamlSequenceNode)stream.Documents[0].RootNode["spec"]["versions"])[0];
        return [.. Walk("spec", (YamlMappingNode)version["schema"]["openAPIV3Schema"]["properties"]["spec"])];
    }

    /// <summary>Paths of all values that a manifest's node sets, written as <see cref="OfSpec"/> writes them.</summary>
    public static IReadOnlySet<string> SetBy(string path, YamlNode node, Predicate<string> isMap) => node switch
    {
        YamlMappingNode map when isMap(path + "{}") => new HashSet<string> { path + "{}" },
        YamlMappingNode map => map.Children.SelectMany(child => SetBy($"{path}.{child.Key}", child.Value, isMap)).ToHashSet(),
        YamlSequenceNode list => list.Children.SelectMany(child => SetBy(path + "[]", child, isMap)).ToHashSet(),
        _ => new HashSet<string> { path },
    };

    private static IEnumerable<string> Walk(string path, YamlMappingNode schema)
    {
        if (Child(schema, "properties") is { Children.Count: > 0 } properties)
        {
            return properties.Children.SelectMany(property => Walk($"{path}.{property.Key}", (YamlMappingNode)property.Value));
        }

        if (Child(schema, "items") is { } items)
        {
            return Walk(path + "[]", items);
        }

        return Child(schema, "additionalProperties") is { } values ? Walk(path + "{}", values) : [path];
    }

    private static YamlMappingNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child as YamlMappingNode : null;
}
