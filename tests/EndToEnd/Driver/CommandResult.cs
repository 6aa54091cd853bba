namespace Berth.EndToEnd.Tests;

/// <summary>What a command printed and how it ended.</summary>
internal sealed record CommandResult(string CommandLine, int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The output, or an exception that shows the command and all it printed.</summary>
    public string MustSucceed() => Succeeded ? Output : throw new InvalidOperationException(ToString());

    public override string ToString() => $"$ {CommandLine}\nexit {ExitCode}\n{Output}{Error}";
}
