namespace Berth.Images;

/// <summary>An image to be built, for linux/amd64.</summary>
internal sealed record ImageRequest
{
    /// <summary>Path of the archive to write.</summary>
    public required string Archive { get; init; }

    /// <summary>Full names with tags, such as <c>docker.io/library/berth-agent:0.1.0</c>; the first one names the image in its bill of materials.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Folders that become layers, the lowest first.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>Absolute path in the image of the program that it runs.</summary>
    public required string Program { get; init; }

    /// <summary>UID:GID that it runs as.</summary>
    public required string User { get; init; }

    /// <summary>NAME=value, in the order given.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>When what it is made from was last changed: the time in its documents, never in its layers.</summary>
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UnixEpoch;

    public string Version { get; init; } = "0.0.0";

    /// <summary>The <c>.deps.json</c> of a .NET program; null for another.</summary>
    public string? Dependencies { get; init; }

    /// <summary>NuGet's folder of packages, whose specifications name the licences.</summary>
    public string? NuGetPackages { get; init; }
}
