using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Berth.Operator.Certificates;

/// <summary>A certificate as it shall be. Whoever orders it has made sure that the holder of the key is who it names.</summary>
internal sealed record CertificateOrder(string CommonName, PublicKey Key)
{
    /// <summary>The subject's organization; null for none.</summary>
    public string? Organization { get; init; }

    /// <summary>DNS names and IP addresses that it is valid for.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>URIs that it is valid for.</summary>
    public IReadOnlyList<Uri> Uris { get; init; } = [];

    /// <summary>May prove who a server is.</summary>
    public bool ForServers { get; init; }

    /// <summary>May prove who a client is.</summary>
    public bool ForClients { get; init; }

    /// <summary>How long it shall live; its authority's end may cut that short.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>The public key of a certificate signing request (PKCS#10, PEM), whose own signature proves that the sender holds the private one. Nothing else that it asks for is taken over.</summary>
    /// <exception cref="CryptographicException">The text is no signing request, its signature is wrong, or its key is neither ECDSA of at least 256 bits nor RSA of at least 2048.</exception>
    public static PublicKey KeyOf(string signingRequestPem)
    {
        try
        {
            var key = CertificateRequest.LoadSigningRequestPem(signingRequestPem, HashAlgorithmName.SHA256).PublicKey;
            using var rsa = key.GetRSAPublicKey();
            using var ecdsa = key.GetECDsaPublicKey();
            return rsa is { KeySize: >= 2048 and <= 8192 } || ecdsa is { KeySize: >= 256 } ? key : throw new CryptographicException("The key is of no kind that is accepted.");
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("The text is no certificate signing request.", e);
        }
    }

    internal CertificateRequest ToRequest()
    {
        var subject = new X500DistinguishedNameBuilder();
        if (Organization is not null)
        {
            subject.AddOrganizationName(Organization);
        }

        subject.AddCommonName(CommonName);
        var request = new CertificateRequest(subject.Build(), Key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Uses(), critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(Key, critical: false));
        if (Names.Count + Uris.Count > 0)
        {
            request.CertificateExtensions.Add(AlternativeNames());
        }

        return request;
    }

    private OidCollection Uses()
    {
        var uses = new OidCollection();
        if (ForServers)
        {
            uses.Add(new Oid(CertificateUses.Server));
        }

        if (ForClients)
        {
            uses.Add(new Oid(CertificateUses.Client));
        }

        return uses;
    }

    private X509Extension AlternativeNames()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in Names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(name);
            }
        }

        foreach (var uri in Uris)
        {
            names.AddUri(uri);
        }

        return names.Build();
    }
}

/// <summary>Object identifiers of extended key usages.</summary>
internal static class CertificateUses
{
    public const string Server = "1.3.6.1.5.5.7.3.1";

    public const string Client = "1.3.6.1.5.5.7.3.2";
}
