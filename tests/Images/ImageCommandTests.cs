namespace Berth.Images.Tests;

public sealed class ImageCommandTests : IDisposable
{
    private const string Good = "--archive a.tar --name registry.example:5000/berth:1 --layer /l --program /p --user 1:2";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Options_are_read()
    {
        ImageRequest? read = null;
        var line = $"{Good} --layer /m --env A=b=c --label one=1 --label two=x=y --created 86400 --version-name 0.2.0";

        Assert.Equal(7, new ImageCommand().Create((request, sbom) => { read = request; return sbom is null ? 7 : 8; }).Parse(line).Invoke());

        Assert.Equal(["registry.example:5000/berth:1"], read!.Names);
        Assert.Equal(["/l", "/m"], read.Layers);
        Assert.Equal(["A=b=c"], read.Environment);
        Assert.Equal([new("one", "1"), new("two", "x=y")], read.Labels);
        Assert.Equal((new DateTimeOffset(1970, 1, 2, 0, 0, 0, TimeSpan.Zero), "0.2.0"), (read.Created, read.Version));
    }

    [Theory]
    [InlineData("--user root", "--user: \"root\" is not UID:GID in numbers.")]
    [InlineData("--user 1:-2", "--user: \"1:-2\" is not UID:GID in numbers.")]
    [InlineData("--program bin/p", "--program: \"bin/p\" is no absolute path.")]
    [InlineData("--name berth:1", "--name: \"berth:1\" is no full name with a tag, such as docker.io/library/berth-agent:1.")]
    [InlineData("--name registry.example:5000/berth", "--name: \"registry.example:5000/berth\" is no full name with a tag, such as docker.io/library/berth-agent:1.")]
    [InlineData("--env =x", "--env: \"=x\" is not NAME=value.")]
    [InlineData("--label one", "--label: \"one\" is not NAME=value.")]
    public void What_makes_no_image_is_refused_by_its_option(string option, string message)
    {
        // An option that may be given once only replaces the good one.
        var name = option.Split(' ')[0];
        var line = name is "--user" or "--program" ? Good.Replace(Good[Good.IndexOf(name, StringComparison.Ordinal)..].Split(" --")[0], option, StringComparison.Ordinal) : $"{Good} {option}";

        var errors = new ImageCommand().Create((_, _) => 0).Parse(line).Errors;

        Assert.Equal([message], errors.Select(error => error.Message));
    }

    [Fact]
    public void A_program_that_is_in_no_layer_or_not_for_everybody_makes_no_image()
    {
        _folder.File("layer/private", "", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ImageRequest Request(string program) => new() { Archive = "", Names = ["a/b:1"], Layers = [_folder.Combine("layer")], Program = program, User = "0:0" };

        Assert.Equal("--program: /none is in no layer.", Assert.Throws<ImageException>(() => Image.Build(Request("/none"))).Message);
        Assert.Equal("--program: /private is not executable for everybody.", Assert.Throws<ImageException>(() => Image.Build(Request("/private"))).Message);
    }
}
