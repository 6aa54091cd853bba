using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Berth.Runtime.Client;

/// <summary>Runs an exec plugin when no valid credential of it is at hand.</summary>
internal sealed class ExecCredentialSource(ExecPlugin plugin, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RunTime = TimeSpan.FromSeconds(60);

    // A credential that ends within this time is replaced now rather than in the middle of a request.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    // However wrong this machine's clock is, the plugin is not run for every request; a credential that the server refuses is replaced at once all the same.
    private static readonly TimeSpan LeastLifetime = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private ExecCredential? _current;
    private long _receivedAt;
    private TimeSpan? _lifetime;

    public X509Certificate2? LastCertificate => _current?.Certificate;

    public void Dispose() => _turn.Dispose();

    public async ValueTask<ExecCredential> GetAsync(bool renew, CancellationToken cancellationToken)
    {
        var seen = _current;
        if (!renew && seen is not null && IsFresh(seen))
        {
            return seen;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Whoever waited for another caller's run takes its result.
            if (_current is { } current && !ReferenceEquals(current, seen) && IsFresh(current))
            {
                return current;
            }

            return Take(Parse(await RunAsync(cancellationToken)));
        }
        finally
        {
            _turn.Release();
        }
    }

    // By the monotonic clock from here on: the wall clock may be set at any moment.
    private ExecCredential Take(ExecCredential credential)
    {
        _receivedAt = time.GetTimestamp();
        var left = credential.Expires - Margin - time.GetUtcNow();
        _lifetime = left < LeastLifetime ? LeastLifetime : left;
        return _current = credential;
    }

    private bool IsFresh(ExecCredential credential) =>
        ReferenceEquals(credential, _current) && (_lifetime is not { } lifetime || time.GetElapsedTime(_receivedAt) < lifetime);

    private async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(RunTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var process = new Process { StartInfo = StartInfo() };
        try
        {
            process.Start();
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0
                ? await output
                : throw Failure($"ended with exit code {process.ExitCode}");
        }
        catch (Win32Exception e)
        {
            throw Failure($"cannot be started: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw Failure($"did not answer within {RunTime.TotalSeconds} s");
        }
    }

    private ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (name, value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = $$$"""{"apiVersion":"{{{plugin.ApiVersion}}}","kind":"ExecCredential","spec":{"interactive":false}}""";
        return start;
    }

    private ExecCredential Parse(string output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            var status = document.RootElement.GetProperty("status");
            var (certificate, key) = (Text(status, "clientCertificateData"), Text(status, "clientKeyData"));
            return new ExecCredential(
                Text(status, "token"),
                certificate is not null && key is not null ? X509Certificate2.CreateFromPem(certificate, key) : null,
                status.TryGetProperty("expirationTimestamp", out var end) ? end.GetDateTimeOffset() : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Failure("printed no ExecCredential", e);
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private KubernetesException Failure(string what, Exception? inner = null) =>
        new($"The credential plugin {plugin.Command} {what}.", null, KubernetesReasons.Unreachable, inner: inner);
}

/// <summary>What an exec plugin gave, and until when it holds.</summary>
internal sealed record ExecCredential(string? Token, X509Certificate2? Certificate, DateTimeOffset? Expires);
