using System.Text.RegularExpressions;

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
    private static ManifestDocument? Read(string text) => ManifestReader.Read(text) is [var item]
        ? new(item["kind"]?.ToString() ?? "", item["metadata"]!["namespace"]?.ToString(), item["metadata"]!["name"]?.ToString() ?? "", text)
        : null;

    [GeneratedRegex(@"^---\s*$", RegexOptions.Multiline)]
    private static partial Regex Separator();
}
