using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Berth.Testing;

/// <summary>Prometheus' own tool for rules and metrics. The stack's scripts put it into the cache where the machine has none.</summary>
public static class Promtool
{
    private static readonly Lazy<Task<string>> Program = new(FindAsync);

    /// <summary>What <c>promtool check metrics</c> has against this text; empty when it has nothing.</summary>
    public static async Task<string> CheckMetricsAsync(string text, CancellationToken cancellationToken)
    {
        var (status, said) = await RunAsync(await Program.Value, ["check", "metrics"], text, cancellationToken);
        return status == 0 && said.Length == 0 ? "" : said.Length > 0 ? said : $"promtool ended with {status}";
    }

    /// <summary>Runs <c>promtool</c>; returns its exit status and all that it said.</summary>
    public static async Task<(int Status, string Output)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        await RunAsync(await Program.Value, arguments, "", cancellationToken);

    private static async Task<string> FindAsync()
    {
        var scripts = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "stack");
        const string Find = """. "$1/lib/base.sh" && "$1/tools.sh" promtool && PATH=$PATH:$BERTH_CACHE/bin command -v promtool""";
        var (status, said) = await RunAsync("/bin/bash", ["-c", Find, "bash", scripts], "", CancellationToken.None);
        return status == 0 ? said.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1] : throw new InvalidOperationException($"promtool could not be installed: {said}");
    }

    private static async Task<(int Status, string Output)> RunAsync(string program, IEnumerable<string> arguments, string input, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await errors + await output);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
