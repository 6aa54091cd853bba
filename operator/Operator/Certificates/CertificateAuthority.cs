using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Berth.Operator.Certificates;

/// <summary>One certificate authority: a self-signed certificate and, unless it is only trusted, its key.</summary>
internal sealed class CertificateAuthority
{
    private readonly Lock _lock = new();
    private readonly ECDsa? _key;

    private CertificateAuthority(X509Certificate2 certificate, ECDsa? key)
    {
        Certificate = certificate;
        _key = key;
        Begin = new DateTimeOffset(certificate.NotBefore).ToUniversalTime();
        End = new DateTimeOffset(certificate.NotAfter).ToUniversalTime();
    }

    /// <summary>The certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    public bool CanSign => _key is not null;

    /// <summary>When it was made. Its certificate begins earlier, for clocks that are behind.</summary>
    public DateTimeOffset Made => Begin + CertificateOptions.ClockSkew;

    /// <summary>When it ends.</summary>
    public DateTimeOffset End { get; }

    private DateTimeOffset Begin { get; }

    /// <summary>Makes a new one that lives for <paramref name="lifetime"/> from now on.</summary>
    public static CertificateAuthority Create(DateTimeOffset now, TimeSpan lifetime)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serial = Serial();

        // A name of its own: with two authorities of one name some verifiers try only the first.
        var request = new CertificateRequest($"CN=Berth {Convert.ToHexStringLower(serial.AsSpan(0, 4))}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - CertificateOptions.ClockSkew, now + lifetime, serial);
        return new CertificateAuthority(certificate, key);
    }

    /// <summary>Reads one back. <paramref name="key"/> null: it is only trusted.</summary>
    public static CertificateAuthority Of(X509Certificate2 certificate, ECDsa? key) => new(certificate, key);

    public bool IsValid(DateTimeOffset now) => Begin <= now && now < End;

    /// <summary>Issues what was ordered. It never outlives this authority.</summary>
    public X509Certificate2 Issue(CertificateOrder order, DateTimeOffset now)
    {
        var request = order.ToRequest();
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var begin = now - CertificateOptions.ClockSkew;
        var end = now + order.Lifetime;

        // ECDsa does not promise to be safe from several threads.
        lock (_lock)
        {
            return request.Create(
                Certificate.SubjectName,
                X509SignatureGenerator.CreateForECDsa(_key ?? throw new InvalidOperationException("The authority has no key.")),
                begin > Begin ? begin : Begin,
                end < End ? end : End,
                Serial());
        }
    }

    public string CertificatePem() => Certificate.ExportCertificatePem();

    public string? KeyPem()
    {
        lock (_lock)
        {
            return _key?.ExportPkcs8PrivateKeyPem();
        }
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // positive, and never shorter than it looks
        return serial;
    }
}
