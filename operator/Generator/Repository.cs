namespace Berth.Generator;

/// <summary>The files of a checkout that are generated.</summary>
internal sealed class Repository(string root)
{
    /// <summary>The nearest folder at or above <paramref name="folder"/> that holds the solution.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string RootAbove(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, "Operator.sln")))
            {
                return candidate.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Operator.sln at or above {folder}: run from the repository, or name its root by --output.");
    }

    /// <summary>Paths whose content is not what it should be, and generated files that should not be there.</summary>
    public IReadOnlyList<string> Stale(IReadOnlyList<GeneratedFile> files) =>
    [
        .. files.Where(file => !File.Exists(Absolute(file.Path)) || File.ReadAllText(Absolute(file.Path)) != file.Text).Select(file => file.Path),
        .. Superfluous(files),
    ];

    /// <summary>Writes the files and deletes CRDs of kinds that are no more; files that are right keep their time stamps.</summary>
    public IReadOnlyList<string> Write(IReadOnlyList<GeneratedFile> files)
    {
        var stale = Stale(files);
        foreach (var file in files.Where(file => stale.Contains(file.Path)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Absolute(file.Path))!);
            File.WriteAllText(Absolute(file.Path), file.Text);
        }

        foreach (var path in Superfluous(files))
        {
            File.Delete(Absolute(path));
        }

        return stale;
    }

    private List<string> Superfluous(IReadOnlyList<GeneratedFile> files) =>
    [
        .. Generation.CrdFolders.Where(folder => Directory.Exists(Absolute(folder)))
            .SelectMany(folder => Directory.EnumerateFiles(Absolute(folder), Api.BerthApi.Group + "_*.yaml").Select(path => $"{folder}/{Path.GetFileName(path)}"))
            .Where(path => files.All(file => file.Path != path))
            .Order(StringComparer.Ordinal),
    ];

    private string Absolute(string path) => Path.Combine(root, path);
}
