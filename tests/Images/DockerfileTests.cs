using System.Text.Json.Nodes;

namespace Berth.Images.Tests;

/// <summary>The Dockerfiles, which make what <c>make images</c> makes.</summary>
public sealed class DockerfileTests(BuiltImages images) : IDisposable
{
    private const string Good = """
        ARG BASE=debian:12
        FROM ${BASE} AS made
        RUN apt-get update && apt-get install -y --no-install-recommends nasm && rm -rf /var/lib/apt/lists/*
        FROM scratch
        LABEL org.opencontainers.image.title="t" org.opencontainers.image.description="d" org.opencontainers.image.vendor="v" \
              org.opencontainers.image.licenses="l" org.opencontainers.image.version="1" org.opencontainers.image.revision="r"
        COPY --from=made /x /
        USER 1:1
        ENTRYPOINT ["/x"]

        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Those_of_the_repository_pass_the_lint()
    {
        var run = await LintAsync();

        Assert.Equal((0, ""), (run.ExitCode, run.Output));
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("debian:12", "debian", "FROM debian: the image has no tag")]
    [InlineData("debian:12", "debian:latest", "FROM debian:latest: a tag that moves is no version")]
    [InlineData("ARG BASE=debian:12", "ARG BASE", "FROM ${BASE}: the argument has no default")]
    [InlineData(" --no-install-recommends", "", "RUN installs what is only recommended")]
    [InlineData(" && rm -rf /var/lib/apt/lists/*", "", "RUN leaves the lists of packages in its layer")]
    [InlineData("COPY --from=made /x /", "ADD https://example.com/x /", "ADD unpacks and fetches what COPY does not: use COPY")]
    [InlineData("USER 1:1\n", "", "the last stage names no USER as UID:GID in numbers")]
    [InlineData("USER 1:1", "USER nobody", "the last stage names no USER as UID:GID in numbers")]
    [InlineData("[\"/x\"]", "/x", "ENTRYPOINT is not in exec form: a shell would take the signals")]
    [InlineData("ENTRYPOINT [\"/x\"]\n", "", "the last stage has no ENTRYPOINT")]
    [InlineData("FROM scratch", "FROM debian:12", "the last stage is not from scratch: it has a shell and a package manager")]
    [InlineData(" org.opencontainers.image.vendor=\"v\"", "", "the last stage has no label org.opencontainers.image.vendor")]
    [InlineData("USER 1:1", "WORKDIR x\nUSER 1:1", "WORKDIR is no absolute path")]
    public async Task The_lint_finds(string text, string instead, string? fault)
    {
        var file = _folder.File("Dockerfile", text.Length == 0 ? Good : Good.Replace(text, instead, StringComparison.Ordinal));

        var run = await LintAsync(file);

        Assert.Equal(fault is null ? 0 : 1, run.ExitCode);
        Assert.Equal(fault is null ? [] : [fault], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
    }

    [Theory]
    [InlineData("operator", "operator/Operator/Dockerfile")]
    [InlineData("agent", "node-agent/Agent/Dockerfile")]
    [InlineData("pause", "images/pause/Dockerfile")]
    public void They_say_of_the_image_what_make_images_says(string name, string file)
    {
        var last = File.ReadAllText(Checkout.PathOf(file)).Split("\nFROM scratch\n")[1].Replace("\\\n", " ", StringComparison.Ordinal);
        var settings = images[name].Settings;
        string Instruction(string word) => last.Split('\n').SingleOrDefault(line => line.StartsWith($"{word} ", StringComparison.Ordinal))?[(word.Length + 1)..] ?? "";

        Assert.Equal(((string?)settings["User"], (string?)settings["WorkingDir"]), (Instruction("USER"), Instruction("WORKDIR")));
        Assert.True(JsonNode.DeepEquals(settings["Entrypoint"], JsonNode.Parse(Instruction("ENTRYPOINT"))));
        Assert.Equal(string.Join(' ', settings["Env"]!.AsArray().Select(variable => (string)variable!)), Instruction("ENV"));
        Assert.All(["title", "description", "vendor", "licenses"], label =>
            Assert.Contains($"org.opencontainers.image.{label}=\"{settings["Labels"]![$"org.opencontainers.image.{label}"]}\"", Instruction("LABEL"), StringComparison.Ordinal));
    }

    private static Task<ProcessRun> LintAsync(params string[] files) => ProcessRun.OfAsync(Checkout.PathOf("tests/dockerfiles.sh"), files, TestContext.Current.CancellationToken);
}
