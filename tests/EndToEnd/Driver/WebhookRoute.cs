using System.Net;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>Sends admission to other replicas than the stack's own, as a Service would, until it is disposed. With several, every request must be let through by each of them.</summary>
internal sealed class WebhookRoute : IAsyncDisposable
{
    private const string Name = "berth-webhook";
    private static readonly string[] Kinds = ["mutatingwebhookconfiguration", "validatingwebhookconfiguration"];

    private readonly KubernetesCli _kubectl;
    private readonly Dictionary<string, JsonArray> _before = [];

    private WebhookRoute(KubernetesCli kubectl) => _kubectl = kubectl;

    /// <summary>Changes the configurations and waits until each replica has been asked.</summary>
    public static async Task<WebhookRoute> ThroughAsync(Stack stack, IReadOnlyList<SecondOperator> replicas, CancellationToken cancellationToken)
    {
        var route = new WebhookRoute(stack.Kubectl);
        foreach (var kind in Kinds)
        {
            route._before[kind] = (JsonArray)(await stack.Kubectl.GetAsync(kind, Name, null, cancellationToken)).At("webhooks")!.DeepClone();
            await route.WriteAsync(kind, [.. replicas.SelectMany((replica, index) => route._before[kind].Select(webhook => At(webhook!, replica.HttpsAddress, index)))], cancellationToken);
        }

        await route.IsTakenAsync(replicas, cancellationToken);
        return route;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (kind, webhooks) in _before)
        {
            await WriteAsync(kind, webhooks, CancellationToken.None);
        }
    }

    // A list with another name for each: the API server knows webhooks by theirs.
    private static JsonNode At(JsonNode webhook, IPEndPoint address, int index)
    {
        var copy = webhook.DeepClone();
        copy["name"] = $"replica-{index}.{webhook["name"]}";
        copy["clientConfig"]!["url"] = $"https://{address}{new Uri((string)webhook["clientConfig"]!["url"]!).AbsolutePath}";
        return copy;
    }

    // The operator keeps the bundles right meanwhile, whatever is put back here.
    private async Task WriteAsync(string kind, JsonArray webhooks, CancellationToken cancellationToken) => await _kubectl.MustAsync(
        cancellationToken, "patch", kind, Name, "--type=merge", "-p", new JsonObject { ["webhooks"] = webhooks.DeepClone() }.ToJsonString());

    private async Task IsTakenAsync(IReadOnlyList<SecondOperator> replicas, CancellationToken cancellationToken)
    {
        const string Probe = """{"apiVersion":"berth.dev/v1alpha1","kind":"StoragePool","metadata":{"name":"probe"},"spec":{"type":"dir","target":{"path":"/var/lib/berth/pools/probe"} } }""";
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.SeesAsync(
            "the API server to ask the other replicas",
            async token =>
            {
                var asked = await _kubectl.RunAsync(Probe, token, "create", "--dry-run=server", "-f", "-");
                var counts = await Task.WhenAll(replicas.Select(replica => http.GetStringAsync(new Uri($"http://{replica.MetricsAddress}/metrics"), token)));
                return (asked.Succeeded, Answered: counts.Count(metrics => metrics.Contains("""berth_https_request_duration_seconds_count{path="/admission/validate",code="200"}""", StringComparison.Ordinal)));
            },
            seen => seen.Succeeded && seen.Answered == replicas.Count, Eventually.Soon, cancellationToken);
    }
}
