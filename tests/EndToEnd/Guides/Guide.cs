using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>A page of docs/guide, whose commands are run as they stand there.</summary>
internal sealed partial class Guide(Stack stack, string page)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly string _text = File.ReadAllText(Checkout.PathOf($"docs/guide/{page}"));

    /// <summary>Words of the page that are others here, such as the address of an image.</summary>
    public Dictionary<string, string> Instead { get; } = [];

    /// <summary>The commands below one heading, in their order; all of the page without one.</summary>
    public IReadOnlyList<string> Commands(string? heading = null)
    {
        var part = heading is null ? _text : Section(heading);
        return [.. Blocks().Matches(part).Select(match => Instead.Aggregate(match.Groups[1].Value, (text, word) => text.Replace(word.Key, word.Value, StringComparison.Ordinal)))];
    }

    /// <summary>Runs the commands below a heading, each of which must succeed, at the top of the clone.</summary>
    public async Task RunAsync(string? heading, CancellationToken cancellationToken)
    {
        var commands = Commands(heading);
        Assert.True(commands.Count > 0, $"{page} has no commands below \"{heading}\"");
        foreach (var command in commands)
        {
            (await stack.ShellAsync(command, s_patience, cancellationToken)).MustSucceed();
        }
    }

    // Up to the next heading of the same level or a higher one.
    private string Section(string heading)
    {
        var start = Regex.Match(_text, $"^(#+) {Regex.Escape(heading)}$", RegexOptions.Multiline);
        Assert.True(start.Success, $"{page} has no heading \"{heading}\"");
        var rest = _text[(start.Index + start.Length)..];
        var end = Regex.Match(rest, $"^#{{1,{start.Groups[1].Length}}} ", RegexOptions.Multiline);
        return end.Success ? rest[..end.Index] : rest;
    }

    [GeneratedRegex("^```sh\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
