using System.Diagnostics;

namespace Berth.Chart.Tests;

/// <summary>What a program said.</summary>
internal sealed record Said(int Code, string Output, string Error);

/// <summary>A program that the project's own scripts install where the machine has none.</summary>
internal sealed class Tool
{
    /// <summary>Helm.</summary>
    public static readonly Tool Helm = new("helm");

    /// <summary>A kubectl whose kustomize is current: that of Debian's package does not know how resources are listed today.</summary>
    public static readonly Tool Kubectl = new("kubectl-1.35");

    private static readonly SemaphoreSlim Installing = new(1);

    private readonly string _name;
    private readonly Lazy<Task<string>> _path;

    private Tool(string name) => (_name, _path) = (name, new(FindAsync));

    /// <summary>Runs it in the repository's root.</summary>
    public async Task<Said> RunAsync(params IEnumerable<string> arguments) => await StartAsync(await _path.Value, arguments);

    /// <summary>The same, for what must succeed; returns its output.</summary>
    public async Task<string> OutputAsync(params IEnumerable<string> arguments)
    {
        var said = await RunAsync(arguments);
        Assert.True(said.Code == 0, $"{_name} {string.Join(' ', arguments)} ended with {said.Code}:\n{said.Error}");
        return said.Output;
    }

    /// <summary>Copies what a folder holds into another.</summary>
    public static async Task CopyAsync(string from, string to)
    {
        var said = await StartAsync("cp", ["-r", $"{from}/.", to]);
        Assert.True(said.Code == 0, said.Error);
    }

    private async Task<string> FindAsync()
    {
        await Installing.WaitAsync();
        try
        {
            var path = await StartAsync("bash", ["-c", $". tests/stack/lib/base.sh && tests/stack/tools.sh {_name} && {{ command -v {_name} || echo \"$BERTH_CACHE/bin/{_name}\"; }}"]);
            Assert.True(path.Code == 0, $"tests/stack/tools.sh cannot install {_name}:\n{path.Error}");
            return path.Output.Trim();
        }
        finally
        {
            Installing.Release();
        }
    }

    private static async Task<Said> StartAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Checkout.Root, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }
}
