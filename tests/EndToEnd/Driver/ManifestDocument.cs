using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Berth.EndToEnd.Tests;

/// <summary>One object of a manifest, as its text stands there.</summary>
/// <param name="Namespace">Null where the manifest names none.</param>
internal sealed partial record ManifestDocument(string Kind, string? Namespace, string Name, string Text)
{
    /// <summary>The objects of a manifest; empty when one of them has no name of its own.</summary>
    public static IReadOnlyList<ManifestDocument> Split(string manifest)
    {
        var documents = Separator().Split(manifest).Select(Read).OfType<ManifestDocument>().ToList();
        return documents.Any(document => document.Name.Length == 0) ? [] : documents;
    }

    // Null for comments alone.
    private static ManifestDocument? Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        if (stream.Documents.Count == 0)
        {
            return null;
        }

        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        var metadata = (YamlMappingNode)root.Children["metadata"];
        return new(Scalar(root, "kind") ?? "", Scalar(metadata, "namespace"), Scalar(metadata, "name") ?? "", text);
    }

    private static string? Scalar(YamlMappingNode map, string key) => map.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    [GeneratedRegex(@"^---\s*$", RegexOptions.Multiline)]
    private static partial Regex Separator();
}
