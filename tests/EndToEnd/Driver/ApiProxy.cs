using System.Diagnostics;
using System.Text;

namespace Berth.EndToEnd.Tests;

/// <summary><c>kubectl proxy</c>: the API without a kubectl for each request, for tests that make thousands.</summary>
internal sealed class ApiProxy : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private ApiProxy(Process process, Uri address) => (_process, _http) = (process, new HttpClient { BaseAddress = address });

    public static async Task<ApiProxy> StartAsync(KubernetesCli kubectl, CancellationToken cancellationToken)
    {
        var process = kubectl.Start("proxy", "--port=0");
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("kubectl proxy ended");
        return new(process, new Uri($"http://{line[(line.LastIndexOf(' ') + 1)..]}"));
    }

    /// <summary>Merges into an object.</summary>
    public async Task PatchAsync(string path, string patch, CancellationToken cancellationToken)
    {
        using var content = new StringContent(patch, Encoding.UTF8, "application/merge-patch+json");
        using var answer = await _http.PatchAsync(new Uri(path, UriKind.Relative), content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
        _http.Dispose();
        Command.Kill(_process);
        _process.Dispose();
    }
}
