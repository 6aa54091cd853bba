using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Certificates;

/// <summary>The certificate that this replica serves with. Its key never leaves the process; it is replaced when a handshake finds it due, so no timer can be late.</summary>
internal sealed partial class ServingCertificate(AuthorityKeeper authority, CertificateOptions options, TimeProvider time, ILogger<ServingCertificate> logger)
{
    private readonly Lock _lock = new();
    private Served? _served;

    /// <summary>The certificate for a handshake now; null while no authority can sign and there was none before.</summary>
    public SslStreamCertificateContext? Current()
    {
        var (signer, now) = (authority.Signer, time.GetUtcNow());
        lock (_lock)
        {
            if (signer is not null && (_served is null || now >= _served.RenewAt || signer.End != _served.SignerEnd || signer.Made != _served.SignerMade))
            {
                _served = Issue(signer, now);
                Log.Renewed(logger, _served.End);
            }

            return _served?.Context;
        }
    }

    private Served Issue(CertificateAuthority signer, DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var order = new CertificateOrder(options.ServingNames[0], new PublicKey(key)) { Names = options.ServingNames, ForServers = true, Lifetime = options.CertificateLifetime };
        using var issued = signer.Issue(order, now);
        var end = new DateTimeOffset(issued.NotAfter);

        // Offline: it is signed by a root, and nothing about it is to be fetched from anywhere.
        var context = SslStreamCertificateContext.Create(issued.CopyWithPrivateKey(key), additionalCertificates: null, offline: true);
        return new Served(context, now + ((end - now) * 2 / 3), end, signer.Made, signer.End);
    }

    // What is replaced is not disposed: handshakes may still be using it.
    private sealed record Served(SslStreamCertificateContext Context, DateTimeOffset RenewAt, DateTimeOffset End, DateTimeOffset SignerMade, DateTimeOffset SignerEnd);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Serving with a new certificate until {End:u}")]
        public static partial void Renewed(ILogger logger, DateTimeOffset end);
    }
}
