using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>The stack's API server, asked with a token and nothing else.</summary>
internal sealed partial class BorrowedToken : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("borrowed-token").FullName;
    private readonly string _token;
    private readonly string _kubeconfig;

    private BorrowedToken(string token, string kubeconfig)
    {
        (_token, _kubeconfig) = (token, kubeconfig);
        File.WriteAllText(Path.Combine(_folder, "token"), token);
        File.WriteAllText(Path.Combine(_folder, "kubeconfig"), TokenFile().Replace(kubeconfig, $"tokenFile: {_folder}/token }}"));
        Kubectl = new KubernetesCli(Path.Combine(_folder, "kubeconfig"));
    }

    public KubernetesCli Kubectl { get; }

    public static BorrowedToken At(Stack stack, string token) =>
        new(token, File.ReadAllText(Path.Combine(stack.Folder, "nodes", "node-1", "kubeconfig")));

    /// <summary>Sends a merge patch. kubectl would read the object by the same path first, which agents may not.</summary>
    public async Task<(HttpStatusCode Code, string Answer)> PatchAsync(string path, string patch, CancellationToken cancellationToken)
    {
        using var http = TrustingHttp.Create(await File.ReadAllTextAsync(Authority().Match(_kubeconfig).Groups[1].Value, cancellationToken));
        using var request = new HttpRequestMessage(HttpMethod.Patch, Server().Match(_kubeconfig).Groups[1].Value + path);
        request.Content = new StringContent(patch, Encoding.UTF8, "application/merge-patch+json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        using var response = await http.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [GeneratedRegex(@"tokenFile: [^}]*}")]
    private static partial Regex TokenFile();

    [GeneratedRegex("server: \"([^\"]*)\"")]
    private static partial Regex Server();

    [GeneratedRegex("certificate-authority: ([^}]*)}")]
    private static partial Regex Authority();
}
