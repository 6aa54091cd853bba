namespace Berth.EndToEnd.Tests;

/// <summary>What a person looks at when a test has failed.</summary>
internal sealed class Diagnostics(Stack stack, string inNamespace)
{
    private const int TailLines = 40;

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await ShowAsync(cancellationToken, "get", "vm,vol,pods", "-n", inNamespace, "-o", "yaml");
        await ShowAsync(cancellationToken, "get", "events", "-n", inNamespace, "--sort-by=.metadata.creationTimestamp");
        await ShowAsync(cancellationToken, "get", "hv,pool,img,vnet");
        foreach (var process in (string[])["operator", .. stack.Nodes.Select(node => node.AgentProcess)])
        {
            Show($"tail of {process}.log", Tail(stack.LogPath(process)));
        }

        foreach (var node in stack.Nodes)
        {
            Show(node.Name, (await node.VirshAsync(cancellationToken, "list", "--all")).ToString());
        }
    }

    private async Task ShowAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var result = await stack.Kubectl.RunAsync(cancellationToken, arguments);
        Show("kubectl", result.ToString());
    }

    private static void Show(string title, string text) => TestContext.Current.TestOutputHelper?.WriteLine($"---- {title}\n{text}");

    private static string Tail(string path)
    {
        if (!File.Exists(path))
        {
            return $"{path} does not exist";
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join('\n', reader.ReadToEnd().Split('\n').TakeLast(TailLines));
    }
}
