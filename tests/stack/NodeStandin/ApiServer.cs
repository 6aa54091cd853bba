using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Berth.NodeStandin;

/// <summary>The few requests that a kubelet makes, as JSON documents.</summary>
internal sealed class ApiServer : IDisposable
{
    private readonly HttpClient _client;
    private readonly X509Certificate2 _authority;

    private ApiServer(Uri server, X509Certificate2 authority, X509Certificate2 identity)
    {
        _authority = authority;
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 64 };
        handler.SslOptions.ClientCertificates = [identity];
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { _authority },
        };
        _client = new HttpClient(handler) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Connects as the first user of a kubeconfig that carries its certificates in itself.</summary>
    public static ApiServer FromKubeconfig(string path)
    {
        using var reader = new StreamReader(path);
        var yaml = new YamlStream();
        yaml.Load(reader);
        var root = yaml.Documents[0].RootNode;
        var cluster = root["clusters"][0]["cluster"];
        var user = root["users"][0]["user"];
        var authority = X509Certificate2.CreateFromPem(Pem(cluster, "certificate-authority-data"));
        var identity = X509Certificate2.CreateFromPem(Pem(user, "client-certificate-data"), Pem(user, "client-key-data"));
        return new ApiServer(new Uri(cluster["server"].ToString()), authority, identity);
    }

    public async Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Get, path, null, "application/json", cancellationToken)).Document;

    /// <summary>Creates an object; one that exists already is left as it is.</summary>
    public async Task CreateAsync(string path, JsonNode document, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Post, path, document, "application/json", cancellationToken);

    /// <summary>Strategic merge patch, which merges lists of conditions by their type; false when there is no such object.</summary>
    public async Task<bool> PatchAsync(string path, JsonNode patch, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Patch, path, patch, "application/strategic-merge-patch+json", cancellationToken)).Found;

    public async Task DeleteAsync(string path, JsonNode options, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Delete, path, options, "application/json", cancellationToken);

    /// <summary>Watch events until the server ends the stream.</summary>
    public async IAsyncEnumerable<JsonNode> WatchAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            yield return JsonNode.Parse(line)!;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _authority.Dispose();
    }

    private async Task<(bool Found, JsonNode? Document)> SendAsync(
        HttpMethod method, string path, JsonNode? body, string mediaType, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, MediaTypeHeaderValue.Parse(mediaType));
        }

        using var response = await _client.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var exists = method == HttpMethod.Post && response.StatusCode == HttpStatusCode.Conflict;
        // Gone, or another object of that name (its uid is a precondition): either way there is nothing left to do here.
        var gone = response.StatusCode == HttpStatusCode.NotFound || (method == HttpMethod.Delete && response.StatusCode == HttpStatusCode.Conflict);
        if (!response.IsSuccessStatusCode && !exists && !gone)
        {
            throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {text}", null, response.StatusCode);
        }

        return (!gone, response.IsSuccessStatusCode ? JsonNode.Parse(text) : null);
    }

    private static string Pem(YamlNode node, string key) => Encoding.ASCII.GetString(Convert.FromBase64String(node[key].ToString()));
}
