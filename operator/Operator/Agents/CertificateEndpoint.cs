using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Api;
using Berth.Operator.Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Agents;

/// <summary>Gives an agent that shows its token a certificate for the key that it has made. What the certificate says follows from the token alone.</summary>
internal sealed partial class CertificateEndpoint(
    AgentTokens tokens, ICertificateIssuer certificates, AgentAccess access, TimeProvider time, ILogger<CertificateEndpoint> logger) : AgentEndpoint(logger)
{
    // The identity is the URI: the name of a node may be longer than a common name can be.
    private const string CommonName = OperatorApi.AgentAccount;

    private readonly ILogger _logger = logger;

    public override string Path => OperatorApi.CertificatePath;

    public override bool RequiresClientCertificate => false;

    protected override async Task<Refusal?> AnswerAsync(HttpContext context)
    {
        var (agent, refusal) = await tokens.WhoseAsync(TokenOf(context), context.RequestAborted);
        if (agent is null)
        {
            return refusal;
        }

        var request = await ReadAsync(context, ApiJsonContext.Default.AgentCertificateRequest);
        if (TryReadKey(request.Csr) is not { } key)
        {
            return Refusal.BadRequest("csr must be a PKCS #10 signing request in PEM, of an ECDSA key of at least 256 bits or an RSA key of at least 2048.");
        }

        if (!certificates.IsReady)
        {
            return Refusal.Unavailable("The operator has no certificate authority yet; ask again.");
        }

        using var certificate = certificates.Issue(new CertificateOrder(CommonName, key) { Uris = [agent.Uri], ForClients = true, Lifetime = access.CertificateLifetime });
        var end = certificate.NotAfter.ToUniversalTime();
        Log.Issued(_logger, agent.Node, agent.Pod.Name, end);
        await WriteAsync(context, Answer(certificate), ApiJsonContext.Default.AgentCertificateResponse);
        return null;
    }

    private AgentCertificateResponse Answer(X509Certificate2 certificate) => new()
    {
        Certificate = certificate.ExportCertificatePem(),
        LifetimeSeconds = (new DateTimeOffset(certificate.NotAfter) - time.GetUtcNow()).TotalSeconds,
    };

    private static string? TokenOf(HttpContext context) =>
        AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization, out var header) && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? header.Parameter
            : null;

    private static PublicKey? TryReadKey(string? csr)
    {
        try
        {
            return csr is null ? null : CertificateOrder.KeyOf(csr);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The agent of {Node} in pod {Pod} has a certificate until {End:u}")]
        public static partial void Issued(ILogger logger, string node, string pod, DateTime end);
    }
}
