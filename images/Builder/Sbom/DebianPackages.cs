namespace Berth.Images.Sbom;

/// <summary>The Debian packages of an image, read from the entries that its layers have for scanners.</summary>
internal static class DebianPackages
{
    /// <summary>Folder of the entries: one file for each package, named after it.</summary>
    public const string StatusFolder = "var/lib/dpkg/status.d";

    public static IEnumerable<SbomPackage> In(string layer)
    {
        var folder = Path.Combine(layer, StatusFolder);
        return Directory.Exists(folder)
            ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(path => Read(layer, path))
            : [];
    }

    private static SbomPackage Read(string layer, string path)
    {
        var fields = Fields(path);
        string Required(string field) => fields.GetValueOrDefault(field) ?? throw new ImageException($"{path} has no field {field}.");
        var (name, version) = (Required("Package"), Required("Version"));
        return new SbomPackage
        {
            Id = SbomPackage.IdOf("deb", name),
            Name = name,
            Version = version,
            Purl = $"pkg:deb/debian/{Uri.EscapeDataString(name)}@{Uri.EscapeDataString(version)}?arch={Required("Architecture")}&distro=debian-12",
            LicenseComment = LicenseComment(layer, name),
            Supplier = $"Organization: {Required("Maintainer")}",
            Homepage = fields.GetValueOrDefault("Homepage"),
        };
    }

    // Lines that begin with a space go on with the field before; none of the fields asked for here has any.
    private static Dictionary<string, string> Fields(string path) =>
        File.ReadLines(path)
            .Where(line => !line.StartsWith(' ') && line.Contains(": ", StringComparison.Ordinal))
            .Select(line => line.Split(": ", 2))
            .ToDictionary(field => field[0], field => field[1].Trim(), StringComparer.Ordinal);

    // Debian names the licences of all sources, those of build scripts too, in words of its own: no expression follows from them.
    private static string? LicenseComment(string layer, string package)
    {
        var path = Path.Combine(layer, $"usr/share/doc/{package}/copyright");
        if (!File.Exists(path))
        {
            return null;
        }

        var names = File.ReadLines(path)
            .Where(line => line.StartsWith("License: ", StringComparison.Ordinal))
            .Select(line => line["License: ".Length..].Trim())
            .Where(name => name.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var named = names.Count == 0 ? "" : $"Debian names for its sources: {string.Join("; ", names)}. ";
        return $"{named}The text is /usr/share/doc/{package}/copyright in the image.";
    }
}
