using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Certificates;

/// <summary>Makes, follows and renews the authority, on every replica, leading or not: admission must not wait for an election.</summary>
/// <remarks>The watch only wakes; what is decided on is always read from the API server.</remarks>
internal sealed partial class AuthorityKeeper(
    [FromKeyedServices(RuntimeServices.EveryReplica)] IKubernetesClient client, CertificateOptions options, MetricFactory metrics, TimeProvider time, ILoggerFactory loggers)
    : BackgroundService, ICertificateIssuer
{
    // Also bounds how long a clock that was set goes unnoticed.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);

    private readonly AuthoritySecret _secret = new(client, options);
    private readonly BackOff _backOff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
    private readonly WakeSignal _wakes = new();
    private readonly Gauge _end = metrics.CreateGauge("berth_certificate_authority_end_timestamp_seconds", "When the authority that signs now ends, in seconds since 1970.");
    private readonly ILogger _logger = loggers.CreateLogger<AuthorityKeeper>();

    private volatile AuthoritySet _current = AuthoritySet.Empty;
    private volatile string _bundle = "";

    public event Action? Changed;

    public bool IsReady => _bundle.Length > 0;

    public string TrustBundle => _bundle;

    /// <summary>The authority that signs now; null when none can.</summary>
    public CertificateAuthority? Signer => _current.Signer(time.GetUtcNow(), options.AuthorityLifetime);

    public X509Certificate2 Issue(CertificateOrder order) =>
        (Signer ?? throw new InvalidOperationException("There is no certificate authority that can sign.")).Issue(order, time.GetUtcNow());

    public bool Trusts(X509Certificate2 certificate, string use) => _current.Trusts(certificate, use, time.GetUtcNow());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var only = new InformerOptions<V1Secret> { Namespace = options.Namespace, FieldSelector = $"metadata.name={CertificateOptions.SecretName}" };
        using var secrets = new Informer<V1Secret>(client, only, metrics, time, loggers.CreateLogger<Informer<V1Secret>>());
        using var subscription = secrets.Subscribe(_ => _wakes.Wake());
        await secrets.StartAsync(stoppingToken);
        try
        {
            await _wakes.RepeatAsync(TryPassAsync, UntilNextChange, _backOff, time, stoppingToken);
        }
        finally
        {
            // The token is cancelled by now; the informer has to end all the same.
            await secrets.StopAsync(CancellationToken.None);
        }
    }

    private async Task<bool> TryPassAsync(CancellationToken cancellationToken)
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
        var renewed = found.Renewed(time.GetUtcNow(), options.AuthorityLifetime);
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
        _current = authorities;
        _end.Set(Signer?.End.ToUnixTimeSeconds() ?? 0);
        var bundle = authorities.Bundle;
        if (bundle != _bundle)
        {
            _bundle = bundle;
            Changed?.Invoke();
        }
    }

    private TimeSpan UntilNextChange()
    {
        var now = time.GetUtcNow();
        var left = _current.NextChange(now, options.AuthorityLifetime) - now;
        return left > LongestWait ? LongestWait : left < ShortestWait ? ShortestWait : left;
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
