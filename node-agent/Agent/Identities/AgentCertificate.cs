using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;
using Berth.Api;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Identities;

/// <summary>The agent's certificate. Its key is made here for each and never leaves the process; it is renewed after two thirds of its life.</summary>
/// <remarks>By the monotonic clock and the life that the operator tells: a wall clock that is wrong or is set changes nothing.</remarks>
internal sealed partial class AgentCertificate(
    AgentOptions options, OperatorConnection connection, MetricFactory metrics, TimeProvider time, ILogger<AgentCertificate> logger) : IBackgroundWork
{
    // No timer waits for much longer; an operator that hands out what has ended is not asked all the time.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    private readonly BackOff _backOff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Gauge _end = metrics.CreateGauge("berth_agent_certificate_end_timestamp_seconds", "When the agent's certificate for the operator ends, in seconds since 1970; 0 while there is none.");

    private volatile Held? _held;

    /// <summary>The certificate, with its key; null while there is none that is good.</summary>
    public X509Certificate2? Current => _held is { } held && time.GetElapsedTime(held.Since) < held.Lifetime ? held.Certificate : null;

    /// <summary>The operator does not take the certificate (any more): another one is fetched at once, unless that has been done since.</summary>
    public void Refused(X509Certificate2 certificate)
    {
        if (ReferenceEquals(_held?.Certificate, certificate))
        {
            _wakes.Writer.TryWrite(true);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            var renewed = await TryRenewAsync(cancellationToken);
            failures = renewed ? 0 : failures + 1;
            await WaitAsync(renewed ? TwoThirdsOf(_held!.Lifetime) : _backOff.Delay(failures), mayBeWoken: renewed, cancellationToken);
        }
    }

    private static TimeSpan TwoThirdsOf(TimeSpan lifetime) =>
        lifetime * 2 / 3 is var wait && wait > LongestWait ? LongestWait : wait < ShortestWait ? ShortestWait : wait;

    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            // What is replaced is not disposed: a request may be using it.
            _held = await FetchAsync(cancellationToken);
            _end.Set(new DateTimeOffset(_held.Certificate.NotAfter).ToUnixTimeSeconds());
            Log.Renewed(logger, _held.Lifetime);
            return true;
        }
        catch (OperatorException e)
        {
            Log.Failed(logger, e.Reason, e.Message);
            return false;
        }
    }

    private async Task<Held> FetchAsync(CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={OperatorApi.AgentAccount}", key, HashAlgorithmName.SHA256);
        var answer = await connection.AskAsync(
            OperatorApi.CertificatePath,
            new AgentCertificateRequest { Csr = request.CreateSigningRequestPem() },
            ApiJsonContext.Default.AgentCertificateRequest,
            new OperatorProof(await ReadTokenAsync(cancellationToken), null),
            cancellationToken);
        try
        {
            var response = JsonSerializer.Deserialize(answer, ApiJsonContext.Default.AgentCertificateResponse);
            using var certificate = X509Certificate2.CreateFromPem(response?.Certificate);
            return new Held(certificate.CopyWithPrivateKey(key), since, TimeSpan.FromSeconds(response?.LifetimeSeconds ?? 0));
        }
        catch (Exception e) when (e is JsonException or CryptographicException or ArgumentException or OverflowException)
        {
            throw OperatorException.Unavailable("The operator answered with something else than a certificate for the agent's key.", e);
        }
    }

    private async Task<string> ReadTokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            // In the middle of a rotation there may be half a token, or none.
            var token = (await File.ReadAllTextAsync(options.OperatorTokenFile, cancellationToken)).Trim();
            return token.Length > 0 && token.All(character => character is > ' ' and < '\u007f')
                ? token
                : throw OperatorException.Unavailable($"The token file {options.OperatorTokenFile} holds no token.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OperatorException.Unavailable($"The token file {options.OperatorTokenFile} cannot be read: {e.Message}", e);
        }
    }

    private async Task WaitAsync(TimeSpan longest, bool mayBeWoken, CancellationToken cancellationToken)
    {
        // A refusal in the middle of a back-off is no reason to hurry.
        _wakes.Reader.TryRead(out _);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(longest, time, either.Token);
        await (mayBeWoken ? Task.WhenAny(_wakes.Reader.WaitToReadAsync(either.Token).AsTask(), delay) : Task.WhenAny(delay));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private sealed record Held(X509Certificate2 Certificate, long Since, TimeSpan Lifetime);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Has a new certificate for the operator, good for {Lifetime}")]
        public static partial void Renewed(ILogger logger, TimeSpan lifetime);

        [LoggerMessage(Level = LogLevel.Warning, Message = "No new certificate for the operator, trying again ({Reason}): {Why}")]
        public static partial void Failed(ILogger logger, string reason, string why);
    }
}
