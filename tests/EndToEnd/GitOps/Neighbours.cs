namespace Berth.EndToEnd.Tests;

/// <summary>Defines the kinds of the projects that Berth works with, which a stack has not: see neighbours.yaml. They stay defined.</summary>
public sealed class Neighbours(Stack stack) : IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var definitions = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "GitOps", "neighbours.yaml"), cancellationToken);
        await stack.Kubectl.ApplyAsync(definitions, cancellationToken);
        (await stack.Kubectl.RunAsync(definitions, cancellationToken, "wait", "--for=condition=Established", "--timeout=60s", "-f", "-")).MustSucceed();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
