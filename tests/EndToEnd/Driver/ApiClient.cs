using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>Reads and writes objects as <c>kubectl</c> does. A kubectl for each look of each test that waits, and for each of its objects, would take most of a small machine.</summary>
internal sealed partial class ApiClient : IDisposable
{
    private const string Berth = "apis/berth.dev/v1alpha1";
    private const string Core = "api/v1";

    private static readonly Resource[] s_resources =
    [
        new(Berth, "virtualmachines", "VirtualMachine", true, "vm"),
        new(Berth, "storagevolumes", "StorageVolume", true, "vol"),
        new(Berth, "hypervisors", "Hypervisor", false, "hv", "hypervisor"),
        new(Berth, "storagepools", "StoragePool", false, "pool"),
        new(Berth, "virtualnetworks", "VirtualNetwork", false, "vnet"),
        new(Berth, "images", "Image", false, "image"),
        new(Core, "namespaces", "Namespace", false, "namespace"),
        new(Core, "nodes", "Node", false, "node"),
        new(Core, "pods", "Pod", true, "pod"),
        new(Core, "events", "Event", true),
        new("apis/coordination.k8s.io/v1", "leases", "Lease", true, "lease"),
    ];

    private readonly string _server;
    private readonly X509Certificate2 _certificate;
    private readonly HttpClient _http;

    /// <summary>A client with the server and the client's certificate of a kubeconfig.</summary>
    public ApiClient(string kubeconfig)
    {
        var text = File.ReadAllText(kubeconfig);
        _server = Server().Match(text).Groups[1].Value;
        _certificate = X509Certificate2.CreateFromPem(Data("client-certificate"), Data("client-key"));
        _http = TrustingHttp.Create(Data("certificate-authority"), _certificate);

        string Data(string name) => Encoding.UTF8.GetString(Convert.FromBase64String(Regex.Match(text, $"{name}-data: ([A-Za-z0-9+/=]+)").Groups[1].Value));
    }

    /// <summary>Whether each of the kinds, separated by commas, is one of those that it reads and writes.</summary>
    public static bool Knows(string kinds) => kinds.Split(',').All(kind => s_resources.Any(resource => resource.IsCalled(kind)));

    /// <summary>One object; null when there is none.</summary>
    public async Task<KubernetesJson?> FindAsync(string kind, string name, string? inNamespace, CancellationToken cancellationToken)
    {
        var resource = ResourceOf(kind);
        return await SendAsync(HttpMethod.Get, resource.Path(inNamespace, name), null, cancellationToken) is { } item ? new KubernetesJson(Shown(item, resource)) : null;
    }

    /// <summary>All objects of the kinds, separated by commas, that the label selector matches.</summary>
    public Task<IReadOnlyList<KubernetesJson>> ListAsync(string kinds, string? inNamespace, string? selector, CancellationToken cancellationToken) =>
        ListAsync(kinds, inNamespace, selector, resource => throw new InvalidOperationException($"the API server has no {resource.Plural}"), cancellationToken);

    /// <summary>All objects of the kinds, separated by commas: none of a kind whose definition is not there.</summary>
    public Task<IReadOnlyList<KubernetesJson>> ListServedAsync(string kinds, string? inNamespace, CancellationToken cancellationToken) =>
        ListAsync(kinds, inNamespace, null, _ => [], cancellationToken);

    /// <summary>Applies one object server-side, as kubectl's user.</summary>
    public Task ApplyAsync(ManifestDocument document, string? inNamespace, CancellationToken cancellationToken) => MustSendAsync(
        HttpMethod.Patch,
        $"{ResourceOf(document.Kind).Path(document.Namespace ?? inNamespace, document.Name)}?fieldManager=kubectl",
        Content(document.Text, "application/apply-patch+yaml"),
        cancellationToken);

    /// <summary>Merges into an object, or into a subresource of it such as its status.</summary>
    public Task PatchAsync(string kind, string name, string? inNamespace, string? subresource, string patch, CancellationToken cancellationToken) => MustSendAsync(
        HttpMethod.Patch,
        ResourceOf(kind).Path(inNamespace, name) + (subresource is null ? "" : $"/{subresource}"),
        Content(patch, "application/merge-patch+json"),
        cancellationToken);

    /// <summary>Deletes an object without waiting for its end; false when there is none.</summary>
    public async Task<bool> DeleteAsync(string kind, string name, string? inNamespace, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Delete, ResourceOf(kind).Path(inNamespace, name), Content("""{"propagationPolicy":"Background"}""", "application/json"), cancellationToken) is not null;

    public void Dispose()
    {
        _http.Dispose();
        _certificate.Dispose();
    }

    private async Task<IReadOnlyList<KubernetesJson>> ListAsync(
        string kinds, string? inNamespace, string? selector, Func<Resource, JsonArray> whenUnserved, CancellationToken cancellationToken)
    {
        var found = new List<KubernetesJson>();
        foreach (var resource in kinds.Split(',').Select(ResourceOf))
        {
            var query = selector is null ? "" : $"?labelSelector={Uri.EscapeDataString(selector)}";
            var list = await SendAsync(HttpMethod.Get, resource.Path(inNamespace) + query, null, cancellationToken);
            var items = list?["items"]?.AsArray() ?? whenUnserved(resource);
            found.AddRange(items.Select(item => new KubernetesJson(Shown(item!.AsObject(), resource))));
        }

        return found;
    }

    private static Resource ResourceOf(string kind) => s_resources.First(resource => resource.IsCalled(kind));

    private static StringContent Content(string text, string type) => new(text, Encoding.UTF8, new MediaTypeHeaderValue(type));

    // Lists leave the kind of their items out, and kubectl does not show who manages which field.
    private static JsonObject Shown(JsonObject item, Resource resource)
    {
        item["kind"] = resource.Kind;
        item["metadata"]!.AsObject().Remove("managedFields");
        return item;
    }

    private async Task MustSendAsync(HttpMethod method, string path, HttpContent content, CancellationToken cancellationToken) =>
        _ = await SendAsync(method, path, content, cancellationToken) ?? throw new InvalidOperationException($"{method} {path}: there is no such object");

    private async Task<JsonObject?> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_server + path)) { Content = content };
        using var response = await _http.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? null
            : response.IsSuccessStatusCode ? JsonNode.Parse(answer)!.AsObject()
            : throw new InvalidOperationException($"{method} {path}: {response.StatusCode} {answer}");
    }

    [GeneratedRegex("server: \"([^\"]*)\"")]
    private static partial Regex Server();

    private sealed record Resource(string Group, string Plural, string Kind, bool IsNamespaced, params string[] Names)
    {
        public bool IsCalled(string kind) => kind == Plural || kind == Kind || Names.Contains(kind);

        public string Path(string? inNamespace, string? name = null) =>
            $"/{Group}/{(IsNamespaced ? $"namespaces/{inNamespace ?? "default"}/" : "")}{Plural}{(name is null ? "" : $"/{name}")}";
    }
}
