namespace Berth.Testing;

/// <summary>Programs that the stack's scripts put into the cache where the machine has none.</summary>
public static class StackTool
{
    private const string Find = """. "$1/lib/base.sh" && "$1/tools.sh" "$2" >&2 && PATH=$PATH:$BERTH_CACHE/bin command -v "$2" """;

    /// <summary>Path of the program; it is installed where it is missing.</summary>
    public static async Task<string> PathOfAsync(string program, CancellationToken cancellationToken)
    {
        var scripts = Checkout.PathOf("tests/stack");
        var (status, output, errors) = await ToolRun.OfAsync("/bin/bash", ["-c", Find, "bash", scripts, program], "", cancellationToken);
        return status == 0 ? output.Trim() : throw new InvalidOperationException($"{program} could not be installed: {errors}");
    }
}
