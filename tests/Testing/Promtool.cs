namespace Berth.Testing;

/// <summary>Prometheus' own tool for rules and metrics.</summary>
public static class Promtool
{
    /// <summary>What <c>promtool check metrics</c> has against this text; empty when it has nothing.</summary>
    public static async Task<string> CheckMetricsAsync(string text, CancellationToken cancellationToken)
    {
        var (status, said) = await RunAsync(["check", "metrics"], text, cancellationToken);
        return status == 0 || said.Length > 0 ? said : $"promtool ended with {status}";
    }

    /// <summary>Runs <c>promtool</c>; returns its exit status and all that it said.</summary>
    public static Task<(int Status, string Output)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, "", cancellationToken);

    private static async Task<(int Status, string Output)> RunAsync(IEnumerable<string> arguments, string input, CancellationToken cancellationToken)
    {
        var program = await StackTool.PathOfAsync("promtool", cancellationToken);
        var (status, output, errors) = await ToolRun.OfAsync(program, arguments, input, cancellationToken);
        return (status, errors + output);
    }
}
