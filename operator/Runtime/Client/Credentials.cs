using System.Security.Cryptography.X509Certificates;

namespace Berth.Runtime.Client;

/// <summary>Who the client is, at this moment. Safe to use from any thread.</summary>
internal sealed class Credentials(KubernetesClientConfiguration configuration, TimeProvider time) : IDisposable
{
    // Kubelets replace a mounted token well before it expires; a minute is what client-go allows itself too.
    private static readonly TimeSpan FileLifetime = TimeSpan.FromMinutes(1);

    private readonly ExecCredentialSource? _exec = configuration.Exec is { } plugin ? new ExecCredentialSource(plugin, time) : null;
    private readonly Lock _lock = new();
    private string? _fileToken;
    private long _fileReadAt;

    /// <summary>The bearer token for the next request; <paramref name="renew"/> after the last one was refused.</summary>
    public async ValueTask<string?> GetTokenAsync(bool renew, CancellationToken cancellationToken)
    {
        if (configuration.TokenFile is { } path)
        {
            return ReadFile(path, renew);
        }

        if (configuration.Token is { } token)
        {
            return token;
        }

        return _exec is null || configuration.ClientCertificate is not null ? null : (await _exec.GetAsync(renew, cancellationToken)).Token;
    }

    /// <summary>True when a refused request may succeed with a token read anew.</summary>
    public bool CanRenew => configuration.TokenFile is not null || _exec is not null;

    /// <summary>The certificate for the next connection; what an exec plugin last gave, where it gives one.</summary>
    public X509Certificate2? ClientCertificate => configuration.ClientCertificate ?? _exec?.LastCertificate;

    public void Dispose() => _exec?.Dispose();

    private string ReadFile(string path, bool renew)
    {
        lock (_lock)
        {
            if (_fileToken is null || renew || time.GetElapsedTime(_fileReadAt) > FileLifetime)
            {
                // In the middle of a rotation there may be no file, or half of one: the last token is as good as any then.
                _fileToken = TryRead(path, out var problem) ?? _fileToken
                    ?? throw new KubernetesException($"The token file {path} {problem}.", null, KubernetesReasons.Unreachable);
                _fileReadAt = time.GetTimestamp();
            }

            return _fileToken;
        }
    }

    private static string? TryRead(string path, out string problem)
    {
        try
        {
            var text = File.ReadAllText(path).Trim();
            problem = "holds no token";
            return text.Length > 0 && text.All(character => character is > ' ' and < '\u007f') ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read: {e.Message}";
            return null;
        }
    }
}
