using System.Security.Cryptography.X509Certificates;

namespace Berth.Operator.Certificates;

/// <summary>Berth's own certificate authority, for those who need certificates or must know whom to trust. Safe from any thread.</summary>
internal interface ICertificateIssuer
{
    /// <summary>False until the authority has been read or made for the first time; never false again.</summary>
    bool IsReady { get; }

    /// <summary>The authorities to trust, PEM, old and new while one follows the other; empty before <see cref="IsReady"/>.</summary>
    string TrustBundle { get; }

    /// <summary>The bundle may have changed. Handlers only wake somebody.</summary>
    event Action? Changed;

    /// <summary>Issues a certificate, without a key in it.</summary>
    /// <exception cref="InvalidOperationException">No authority can sign: not ready yet, or all have ended while the API server could not be reached.</exception>
    X509Certificate2 Issue(CertificateOrder order);

    /// <summary>True when the certificate is one of ours, for this use (see <see cref="CertificateUses"/>), and valid now.</summary>
    bool Trusts(X509Certificate2 certificate, string use);
}
