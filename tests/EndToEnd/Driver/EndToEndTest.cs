namespace Berth.EndToEnd.Tests;

/// <summary>A test with a namespace of its own on the shared stack. It takes away what it made, and shows the stack's state when it failed.</summary>
public abstract class EndToEndTest(Stack stack) : IAsyncLifetime
{
    private readonly List<(string Kind, string Name)> _clusterScoped = [];

    internal Stack Stack { get; } = stack;

    internal KubernetesCli Kubectl => Stack.Kubectl;

    /// <summary>The test's namespace.</summary>
    protected string Namespace { get; } = $"e2e-{Guid.NewGuid().ToString("n")[..8]}";

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await CreateNamespaceAsync(Namespace);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState is { Result: TestResult.Failed })
        {
            await new Diagnostics(Stack, Namespace).WriteAsync(CancellationToken.None);
        }

        // What holds something on a node must go; the empty namespace takes its time and nobody waits for it.
        try
        {
            foreach (var (kind, name) in _clusterScoped)
            {
                await Kubectl.DeleteAsync(kind, name, null, CancellationToken.None);
            }

            await Kubectl.DeleteAllAsync("vm,vol", Namespace, CancellationToken.None, TimeSpan.FromSeconds(90));
        }
        finally
        {
            await Kubectl.DeleteAsync("namespace", Namespace, null, CancellationToken.None);
        }
    }

    /// <summary>Makes a namespace that somebody else takes away.</summary>
    protected Task CreateNamespaceAsync(string name) => Kubectl.ApplyAsync($$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{name}}"} }""", Cancellation);

    internal Machine Machine(string name) => new(Stack, Namespace, name);

    /// <summary>Applies a manifest into the test's namespace.</summary>
    protected Task ApplyAsync(string manifest) => Kubectl.ApplyAsync(manifest, Cancellation, Namespace);

    /// <summary>A name for a cluster-scoped object of this test, which goes when the test ends.</summary>
    protected string ClusterScoped(string kind, string name)
    {
        var full = $"{Namespace}-{name}";
        _clusterScoped.Add((kind, full));
        return full;
    }

    /// <summary>Applies an Image with content that this process serves, and returns its name.</summary>
    protected async Task<string> ServeImageAsync(string name, string type, byte[] content)
    {
        var full = ClusterScoped("image", name);
        await ApplyAsync(Manifests.Image(full, type, Stack.ImageServer.Serve(full, content), Guests.Checksum(content)));
        return full;
    }

    /// <summary>What is left of the test's namespace in the API, Kubernetes' own objects and Events apart.</summary>
    internal async Task<IReadOnlyList<string>> RemainingObjectsAsync(CancellationToken cancellationToken) =>
        [.. (await Kubectl.ListAsync("vm,vol,pods,leases", Namespace, cancellationToken)).Select(item => $"{item.Text("kind")}/{item.Name}")];

    /// <summary>Files of the test's namespace that are left on the nodes: volumes, seeds and console logs are named by namespace or UID.</summary>
    internal IReadOnlyList<string> RemainingFiles(params string[] uids) =>
    [
        .. from node in Stack.Nodes
           from folder in (string[])["/var/lib/berth/pools/default", "/var/lib/berth/console", "/var/lib/berth/seeds"]
           from file in node.Files(folder)
           where file.StartsWith($"{Namespace}.", StringComparison.Ordinal) || uids.Any(uid => file.StartsWith(uid, StringComparison.Ordinal))
           select $"{node.Name}:{folder}/{file}",
    ];
}
