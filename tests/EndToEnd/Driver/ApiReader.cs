using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>Reads objects as <c>kubectl get</c> does. A kubectl for each look of each test that waits would take most of a small machine.</summary>
internal sealed partial class ApiReader : IDisposable
{
    private static readonly Dictionary<string, (string Group, string Plural, string Kind, bool IsNamespaced)> Kinds = new()
    {
        ["vm"] = ("apis/berth.dev/v1alpha1", "virtualmachines", "VirtualMachine", true),
        ["vol"] = ("apis/berth.dev/v1alpha1", "storagevolumes", "StorageVolume", true),
        ["hv"] = ("apis/berth.dev/v1alpha1", "hypervisors", "Hypervisor", false),
        ["pods"] = ("api/v1", "pods", "Pod", true),
        ["leases"] = ("apis/coordination.k8s.io/v1", "leases", "Lease", true),
    };

    private readonly string _server;
    private readonly X509Certificate2 _certificate;
    private readonly HttpClient _http;

    /// <summary>A reader with the server and the client's certificate of a kubeconfig.</summary>
    public ApiReader(string kubeconfig)
    {
        var text = File.ReadAllText(kubeconfig);
        _server = Server().Match(text).Groups[1].Value;
        _certificate = X509Certificate2.CreateFromPem(Data("client-certificate"), Data("client-key"));
        _http = TrustingHttp.Create(Data("certificate-authority"), _certificate);

        // As with kubectl, nothing of an API server that died is left for the next look.
        _http.DefaultRequestHeaders.ConnectionClose = true;

        string Data(string name) => Encoding.UTF8.GetString(Convert.FromBase64String(Regex.Match(text, $"{name}-data: ([A-Za-z0-9+/=]+)").Groups[1].Value));
    }

    /// <summary>Whether each of the kinds, separated by commas, can be read.</summary>
    public static bool Knows(string kinds) => kinds.Split(',').All(Kinds.ContainsKey);

    /// <summary>One object; null when there is none.</summary>
    public async Task<KubernetesJson?> FindAsync(string kind, string name, string? inNamespace, CancellationToken cancellationToken) =>
        await ReadAsync($"{Path(kind, inNamespace)}/{name}", cancellationToken) is { } item ? new KubernetesJson(Shown(item, kind)) : null;

    /// <summary>All objects of the kinds, separated by commas, that the label selector matches.</summary>
    public async Task<IReadOnlyList<KubernetesJson>> ListAsync(string kinds, string? inNamespace, string? selector, CancellationToken cancellationToken)
    {
        var found = new List<KubernetesJson>();
        foreach (var kind in kinds.Split(','))
        {
            var query = selector is null ? "" : $"?labelSelector={Uri.EscapeDataString(selector)}";
            var list = await ReadAsync(Path(kind, inNamespace) + query, cancellationToken) ?? throw new InvalidOperationException($"the API server has no {kind}");
            found.AddRange(list["items"]!.AsArray().Select(item => new KubernetesJson(Shown(item!.AsObject(), kind))));
        }

        return found;
    }

    public void Dispose()
    {
        _http.Dispose();
        _certificate.Dispose();
    }

    private static string Path(string kind, string? inNamespace)
    {
        var (group, plural, _, isNamespaced) = Kinds[kind];
        return isNamespaced ? $"/{group}/namespaces/{inNamespace ?? "default"}/{plural}" : $"/{group}/{plural}";
    }

    // Lists leave the kind of their items out, and kubectl does not show who manages which field.
    private static JsonObject Shown(JsonObject item, string kind)
    {
        item["kind"] = Kinds[kind].Kind;
        item["metadata"]!.AsObject().Remove("managedFields");
        return item;
    }

    private async Task<JsonObject?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(_server + path), cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? null
            : response.IsSuccessStatusCode ? JsonNode.Parse(answer)!.AsObject()
            : throw new InvalidOperationException($"{path}: {response.StatusCode} {answer}");
    }

    [GeneratedRegex("server: \"([^\"]*)\"")]
    private static partial Regex Server();
}
