namespace Berth.EndToEnd.Tests;

/// <summary>The webhook configurations are deleted, as somebody may do or on uninstalling, until it is disposed.</summary>
internal sealed class WebhooksAway : IAsyncDisposable
{
    private readonly Stack _stack;

    private WebhooksAway(Stack stack) => _stack = stack;

    /// <summary>Deletes them and waits until the API server asks nobody.</summary>
    public static async Task<WebhooksAway> StartAsync(Stack stack, CancellationToken cancellationToken)
    {
        await DeleteAsync(stack, cancellationToken);
        return new WebhooksAway(stack);
    }

    /// <summary>The same for a stack whose operator is gone: starting that again registers them.</summary>
    public static async Task DeleteAsync(Stack stack, CancellationToken cancellationToken)
    {
        const string Refused = """{"apiVersion":"berth.dev/v1alpha1","kind":"StoragePool","metadata":{"name":"probe"},"spec":{"type":"dir","target":{"path":"/etc"} } }""";
        await stack.Kubectl.MustAsync(cancellationToken, "delete", "mutatingwebhookconfiguration,validatingwebhookconfiguration", "berth-webhook");
        await Eventually.SeesAsync(
            "admission to be gone", token => stack.Kubectl.RunAsync(Refused, token, "create", "--dry-run=server", "-f", "-"), asked => asked.Succeeded, Eventually.Soon, cancellationToken);
    }

    public async ValueTask DisposeAsync() => await _stack.RunScriptAsync("webhooks.sh", [], CancellationToken.None);
}
