using System.Diagnostics;

namespace Berth.EndToEnd.Tests;

/// <summary><c>kubectl</c> with one kubeconfig.</summary>
/// <param name="kubeconfig">Path of the kubeconfig.</param>
/// <param name="client">Does in its place what tests do again and again; null to leave all to kubectl.</param>
internal sealed class KubernetesCli(string kubeconfig, ApiClient? client = null)
{
    // KUBECTL_EXTERNAL_DIFF and the like of the person who runs the tests must not change what the tests see.
    private readonly Dictionary<string, string> _environment = new() { ["KUBECONFIG"] = kubeconfig, ["KUBECTL_EXTERNAL_DIFF"] = "diff -u" };

    public Task<CommandResult> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        Command.RunAsync("kubectl", arguments, cancellationToken, environment: _environment);

    public Task<CommandResult> RunAsync(string input, CancellationToken cancellationToken, params string[] arguments) =>
        Command.RunAsync("kubectl", arguments, cancellationToken, input, _environment, TimeSpan.FromMinutes(5));

    /// <summary>Starts <c>kubectl</c> and lets it run, for watches.</summary>
    public Process Start(params string[] arguments) => Command.Start("kubectl", arguments, _environment);

    public async Task<string> MustAsync(CancellationToken cancellationToken, params string[] arguments) =>
        (await RunAsync(cancellationToken, arguments)).MustSucceed();

    /// <summary>Applies a manifest server-side. The server looks at each field; kubectl would first fetch all schemas to do the same, for half a second of processor time.</summary>
    public async Task ApplyAsync(string manifest, CancellationToken cancellationToken, string? inNamespace = null)
    {
        var documents = client is null ? [] : ManifestDocument.Split(manifest);
        if (documents.Count == 0 || !documents.All(document => ApiClient.Knows(document.Kind)))
        {
            (await RunAsync(manifest, cancellationToken, ["apply", "--server-side", "--validate=false", .. NamespaceFlag(inNamespace), "-f", "-"])).MustSucceed();
            return;
        }

        foreach (var document in documents)
        {
            await client!.ApplyAsync(document, inNamespace, cancellationToken);
        }
    }

    /// <summary>One object; null when there is none. Any other failure fails the test.</summary>
    public async Task<KubernetesJson?> FindAsync(string kind, string name, string? inNamespace, CancellationToken cancellationToken)
    {
        if (client is not null && ApiClient.Knows(kind))
        {
            return await client.FindAsync(kind, name, inNamespace, cancellationToken);
        }

        var result = await RunAsync(cancellationToken, ["get", kind, name, .. NamespaceFlag(inNamespace), "--ignore-not-found", "-o", "json"]);
        var output = result.MustSucceed();
        return string.IsNullOrWhiteSpace(output) ? null : KubernetesJson.Parse(output);
    }

    public async Task<KubernetesJson> GetAsync(string kind, string name, string? inNamespace, CancellationToken cancellationToken) =>
        await FindAsync(kind, name, inNamespace, cancellationToken) ?? throw new InvalidOperationException($"there is no {kind} {inNamespace}/{name}");

    public async Task<IReadOnlyList<KubernetesJson>> ListAsync(string kinds, string? inNamespace, CancellationToken cancellationToken, params string[] more) =>
        client is not null && ApiClient.Knows(kinds) && more is [] or ["-l", _]
            ? await client!.ListAsync(kinds, inNamespace, more is [_, var selector] ? selector : null, cancellationToken)
            : [.. KubernetesJson.Parse(await MustAsync(cancellationToken, ["get", kinds, .. NamespaceFlag(inNamespace), "-o", "json", .. more])).Items];

    /// <summary>Merges into the object's spec or metadata, as an editor would.</summary>
    public Task PatchAsync(string kind, string name, string? inNamespace, string patch, CancellationToken cancellationToken) =>
        PatchAsync(kind, name, inNamespace, null, patch, cancellationToken);

    /// <summary>Merges into the object's status, as no user's role allows.</summary>
    public Task PatchStatusAsync(string kind, string name, string? inNamespace, string patch, CancellationToken cancellationToken) =>
        PatchAsync(kind, name, inNamespace, "status", patch, cancellationToken);

    /// <summary>Deletes an object if it is there, and waits for its end where <paramref name="within"/> says for how long.</summary>
    public async Task DeleteAsync(string kind, string name, string? inNamespace, CancellationToken cancellationToken, TimeSpan? within = null)
    {
        if (client is null || !ApiClient.Knows(kind))
        {
            string[] wait = within is { } span ? [$"--timeout={span.TotalSeconds:F0}s"] : ["--wait=false"];
            await MustAsync(cancellationToken, ["delete", kind, name, .. NamespaceFlag(inNamespace), "--ignore-not-found", .. wait]);
        }
        else if (await client.DeleteAsync(kind, name, inNamespace, cancellationToken) && within is { } span)
        {
            await Eventually.SeesAsync($"{kind} {name} to be gone", token => FindAsync(kind, name, inNamespace, token), item => item is null, span, cancellationToken);
        }
    }

    /// <summary>Deletes all objects of the kinds, separated by commas, in a namespace, and waits for their end where <paramref name="within"/> says for how long. There are none of a kind that the server does not have.</summary>
    public async Task DeleteAllAsync(string kinds, string inNamespace, CancellationToken cancellationToken, TimeSpan? within = null)
    {
        foreach (var kind in kinds.Split(','))
        {
            foreach (var item in await LeftAsync(kind, cancellationToken))
            {
                await DeleteAsync(kind, item.Name, inNamespace, cancellationToken);
            }
        }

        if (within is { } span)
        {
            await Eventually.SeesAsync($"{kinds} to be gone", token => LeftAsync(kinds, token), left => left.Count == 0, span, cancellationToken);
        }

        Task<IReadOnlyList<KubernetesJson>> LeftAsync(string of, CancellationToken token) =>
            client is null ? ListAsync(of, inNamespace, token) : client.ListServedAsync(of, inNamespace, token);
    }

    private Task PatchAsync(string kind, string name, string? inNamespace, string? subresource, string patch, CancellationToken cancellationToken)
    {
        string[] part = subresource is null ? [] : [$"--subresource={subresource}"];
        return client is not null && ApiClient.Knows(kind)
            ? client.PatchAsync(kind, name, inNamespace, subresource, patch, cancellationToken)
            : MustAsync(cancellationToken, ["patch", kind, name, .. NamespaceFlag(inNamespace), .. part, "--type=merge", "-p", patch]);
    }

    private static string[] NamespaceFlag(string? inNamespace) => inNamespace is null ? [] : ["-n", inNamespace];
}
