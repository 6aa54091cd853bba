using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Berth.EndToEnd.Tests;

/// <summary>HTTPS to servers whose certificates these authorities, and no others, have signed.</summary>
internal static class TrustingHttp
{
    /// <param name="authorities">Certificates in PEM.</param>
    /// <param name="certificate">What the client shows of itself, with its key; null for nothing. It is to outlive the client.</param>
    public static HttpClient Create(string authorities, X509Certificate2? certificate = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(authorities);
        return new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            },
        });
    }
}
