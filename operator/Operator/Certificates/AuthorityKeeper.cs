using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Certificates;

/// <summary>Makes, follows and renews the authority, on every replica, leading or not: admission must not wait for an election.</summary>
/// <remarks>The watch only wakes; what is decided on is always read from the API server.</remarks>
internal sealed partial class AuthorityKeeper : FollowingService, ICertificateIssuer
{
    // Also bounds how long a clock that was set goes unnoticed.
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    private readonly CertificateOptions _options;
    private readonly TimeProvider _time;
    private readonly AuthoritySecret _secret;
    private readonly Gauge _end;
    private readonly ILogger _logger;

    // Who signs and whom to trust in one: nobody is to be served by an authority that the bundle does not name yet.
    private volatile AuthoritySet _current = AuthoritySet.Empty;

    public AuthorityKeeper(
        [FromKeyedServices(RuntimeServices.EveryReplica)] IKubernetesClient client, CertificateOptions options, MetricFactory metrics, TimeProvider time, ILoggerFactory loggers)
        : base(client, metrics, time, loggers)
    {
        (_options, _time, _secret, _logger) = (options, time, new(client, options), loggers.CreateLogger<AuthorityKeeper>());
        _end = metrics.CreateGauge("berth_certificate_authority_end_timestamp_seconds", "When the authority that signs now ends, in seconds since 1970.");
        Follow<V1Secret>(CertificateOptions.SecretName, options.Namespace);
    }

    public event Action? Changed;

    public bool IsReady => TrustBundle.Length > 0;

    public string TrustBundle => _current.Bundle;

    /// <summary>The authority that signs now; null when none can.</summary>
    public CertificateAuthority? Signer => _current.Signer(_time.GetUtcNow(), _options.AuthorityLifetime);

    public X509Certificate2 Issue(CertificateOrder order) =>
        (Signer ?? throw new InvalidOperationException("There is no certificate authority that can sign.")).Issue(order, _time.GetUtcNow());

    public bool Trusts(X509Certificate2 certificate, string use) => _current.Trusts(certificate, use, _time.GetUtcNow());

    protected override async Task<bool> TryPassAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PassAsync(cancellationToken);
            return true;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsAlreadyExists)
        {
            Log.Outrun(_logger);
            return false;
        }
        catch (KubernetesException e)
        {
            Log.Failed(_logger, e);
            return false;
        }
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        var secret = await _secret.ReadAsync(cancellationToken);
        var found = Read(secret);
        var renewed = found.Renewed(_time.GetUtcNow(), _options.AuthorityLifetime);
        if (!ReferenceEquals(found, renewed))
        {
            await _secret.WriteAsync(secret, renewed, cancellationToken);
            Log.Renewed(_logger, renewed.Certificates.Count);
        }

        Adopt(renewed);
    }

    /// <summary>What cannot be read is made again: nobody could be served with it, and only our own certificates hang on it.</summary>
    private AuthoritySet Read(V1Secret? secret)
    {
        try
        {
            return AuthoritySet.Read(secret?.Data);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            Log.Unreadable(_logger, e);
            return AuthoritySet.Empty;
        }
    }

    private void Adopt(AuthoritySet authorities)
    {
        var known = TrustBundle;
        _current = authorities;
        _end.Set(Signer?.End.ToUnixTimeSeconds() ?? 0);
        if (authorities.Bundle != known)
        {
            Changed?.Invoke();
        }
    }

    protected override TimeSpan LongestWait()
    {
        var now = _time.GetUtcNow();
        var left = _current.NextChange(now, _options.AuthorityLifetime) - now;
        return left > LongestPause ? LongestPause : left < ShortestPause ? ShortestPause : left;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The certificate authority was made or renewed; {Count} are trusted now")]
        public static partial void Renewed(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Information, Message = "Another replica wrote the certificate authority first; reading it")]
        public static partial void Outrun(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate authority cannot be read or written; trying again")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "The Secret of the certificate authority holds something else; it is made again")]
        public static partial void Unreadable(ILogger logger, Exception exception);
    }
}
