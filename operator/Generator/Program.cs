using System.CommandLine;
using Berth.Generator;

var output = new Option<DirectoryInfo>("--output") { Description = "Root of the repository. Default: the folder above this one that holds Operator.sln." };
var check = new Option<bool>("--check") { Description = "Write nothing; end with 1 when a generated file is stale." };
var command = new RootCommand("Writes config/crd, its copy in charts/berth and the field tables of docs/spec from the types in operator/Api.") { output, check };
command.SetAction(arguments =>
{
    try
    {
        var root = arguments.GetValue(output)?.FullName ?? Repository.RootAbove(Directory.GetCurrentDirectory());
        return Run(root, arguments.GetValue(check));
    }
    catch (Exception e) when (e is GenerationException or IOException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
return command.Parse(args).Invoke();

static int Run(string root, bool check)
{
    var (repository, files) = (new Repository(root), Generation.Files(root));
    var stale = check ? repository.Stale(files) : repository.Write(files);
    foreach (var path in stale)
    {
        Console.WriteLine(check ? $"{path} is stale; run: make generate" : $"wrote {path}");
    }

    return check && stale.Count > 0 ? 1 : 0;
}
