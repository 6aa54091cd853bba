using System.CommandLine;

namespace Berth.Images;

/// <summary>The command line: flags and their meaning.</summary>
internal sealed class ImageCommand
{
    private readonly Option<string> _archive = new("--archive") { Description = "Archive to write: an OCI layout that docker load reads too.", Required = true };
    private readonly Option<string[]> _names = new("--name") { Description = "Full name with tag; may be repeated.", Required = true };
    private readonly Option<string[]> _layers = new("--layer") { Description = "Folder that becomes a layer, the lowest first; may be repeated.", Required = true };
    private readonly Option<string> _program = new("--program") { Description = "Absolute path in the image of what it runs.", Required = true };
    private readonly Option<string> _user = new("--user") { Description = "UID:GID that it runs as.", Required = true };
    private readonly Option<string[]> _environment = new("--env") { Description = "NAME=value; may be repeated." };
    private readonly Option<string[]> _labels = new("--label") { Description = "NAME=value; may be repeated." };
    private readonly Option<long> _created = new("--created") { Description = "Seconds since 1970 of the last change of the sources. Default: 0." };
    private readonly Option<string> _version = new("--version-name") { Description = "Version of the image.", DefaultValueFactory = _ => "0.0.0" };
    private readonly Option<string?> _sbom = new("--sbom") { Description = "Bill of materials to write, as SPDX 2.3 in JSON. Default: none." };
    private readonly Option<string?> _dependencies = new("--dependencies") { Description = "The .deps.json of a .NET program." };
    private readonly Option<string?> _nugetPackages = new("--nuget-packages") { Description = "NuGet's folder of packages, for their licences." };

    /// <summary>The command; it calls <paramref name="run"/> with the request and the path of the bill of materials.</summary>
    public RootCommand Create(Func<ImageRequest, string?, int> run)
    {
        Demand(_program, value => value.StartsWith('/'), "is no absolute path");
        Demand(_user, IsUser, "is not UID:GID in numbers");
        DemandEach(_names, value => value.LastIndexOf(':') > value.LastIndexOf('/') && value.Contains('/', StringComparison.Ordinal), "is no full name with a tag, such as docker.io/library/berth-agent:1");
        DemandEach(_environment, value => value.IndexOf('=', StringComparison.Ordinal) > 0, "is not NAME=value");
        DemandEach(_labels, value => value.IndexOf('=', StringComparison.Ordinal) > 0, "is not NAME=value");
        var command = new RootCommand("Builds a container image from folders, without a daemon and without a registry. The same folders give the same bytes.")
        {
            _archive, _names, _layers, _program, _user, _environment, _labels, _created, _version, _sbom, _dependencies, _nugetPackages,
        };
        command.SetAction(result => run(Read(result), result.GetValue(_sbom)));
        return command;
    }

    private ImageRequest Read(ParseResult result) => new()
    {
        Archive = result.GetRequiredValue(_archive),
        Names = result.GetRequiredValue(_names),
        Layers = result.GetRequiredValue(_layers),
        Program = result.GetRequiredValue(_program),
        User = result.GetRequiredValue(_user),
        Environment = result.GetValue(_environment) ?? [],
        Labels = Labels(result.GetValue(_labels) ?? []),
        Created = DateTimeOffset.FromUnixTimeSeconds(result.GetValue(_created)),
        Version = result.GetRequiredValue(_version),
        Dependencies = result.GetValue(_dependencies),
        NuGetPackages = result.GetValue(_nugetPackages),
    };

    private static SortedDictionary<string, string> Labels(string[] settings)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in settings)
        {
            var (name, value) = (setting[..setting.IndexOf('=', StringComparison.Ordinal)], setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            labels[name] = value;
        }

        return labels;
    }

    private static bool IsUser(string value) => value.Split(':') is [var user, var group] && uint.TryParse(user, out _) && uint.TryParse(group, out _);

    private static void Demand(Option<string> option, Func<string, bool> holds, string otherwise) =>
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !holds(token.Value))
            {
                result.AddError($"{option.Name}: \"{token.Value}\" {otherwise}.");
            }
        });

    private static void DemandEach(Option<string[]> option, Func<string, bool> holds, string otherwise) =>
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !holds(token.Value)))
            {
                result.AddError($"{option.Name}: \"{token.Value}\" {otherwise}.");
            }
        });
}
