using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Generator;

/// <summary>A file that the generator writes: its path below the repository's root, and its text.</summary>
internal sealed record GeneratedFile(string Path, string Text);

/// <summary>Everything that is generated from the kinds of Berth.Api.</summary>
internal static class Generation
{
    public const string CrdFolder = "config/crd";
    public const string SpecFolder = "docs/spec";

    /// <summary>Where the chart's templates find the definitions: Helm reads no file outside the chart.</summary>
    public const string ChartFolder = "charts/berth/files/crds";

    /// <summary>The folders that hold definitions and nothing else that begins with the group's name.</summary>
    public static readonly IReadOnlyList<string> CrdFolders = [CrdFolder, ChartFolder];

    private const string Header =
        "# Generated from the types in operator/Api by operator/Generator. Do not edit; run: make generate\n";

    /// <summary>The kinds of Berth.Api, by plural name.</summary>
    /// <exception cref="GenerationException">A type breaks a rule; the message names the field.</exception>
    public static IReadOnlyList<EntitySchema> Kinds()
    {
        var api = typeof(BerthApi).Assembly;
        return new SchemaReader(XmlDocumentation.Beside(api, typeof(Quantity).Assembly)).ReadAll(api);
    }

    /// <summary>The files as they should be, in the checkout at <paramref name="root"/>.</summary>
    /// <exception cref="GenerationException">A type breaks a rule, or a page of docs/spec is missing.</exception>
    public static IReadOnlyList<GeneratedFile> Files(string root)
    {
        var kinds = Kinds();
        return [.. CrdFolders.SelectMany(folder => kinds.Select(kind => Crd(folder, kind))), .. kinds.Select(kind => Page(root, kind))];
    }

    // The prose of a page is written by hand; only its field tables are generated.
    private static GeneratedFile Page(string root, EntitySchema kind)
    {
        var path = $"{SpecFolder}/{CustomResourceDefinition.SingularOf(kind)}.md";
        var file = Path.Combine(root, path);
        return File.Exists(file)
            ? new GeneratedFile(path, MarkedSection.Replace(path, File.ReadAllText(file), FieldTable.Write(kind)))
            : throw new GenerationException([$"{path}: is missing; write the page of the kind {kind.Entity.Kind}, after the others' example."]);
    }

    private static GeneratedFile Crd(string folder, EntitySchema kind) => new(
        $"{folder}/{kind.Entity.Group}_{kind.Entity.PluralName}.yaml",
        Header + YamlText.Write(CustomResourceDefinition.Write(kind)));
}
