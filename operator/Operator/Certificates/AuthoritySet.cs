using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Berth.Operator.Certificates;

/// <summary>The authorities that are trusted at one moment, and which of them signs. Never changed: time gives another set.</summary>
/// <remarks>
/// At half of its life the youngest authority gets a successor, which is trusted at once and signs a quarter of its own life later: by then
/// everybody has learnt of it. The old one stays trusted to its end, so nothing that it signed loses its worth before its time.
/// Who signs follows from the set and the clock alone; replicas need not agree on anything but the Secret.
/// </remarks>
internal sealed class AuthoritySet
{
    /// <summary>Key of the Secret: certificates of all authorities, PEM. This is whom to trust.</summary>
    public const string BundleKey = "ca.crt";

    /// <summary>Key of the Secret: private keys, PEM, in any order.</summary>
    public const string PrivateKeysKey = "ca.key";

    private readonly IReadOnlyList<CertificateAuthority> _authorities; // youngest first

    private AuthoritySet(IEnumerable<CertificateAuthority> authorities)
    {
        _authorities = [.. authorities.OrderByDescending(authority => authority.Made)];
        Bundle = string.Concat(_authorities.Select(authority => authority.CertificatePem() + "\n"));
    }

    public static AuthoritySet Empty { get; } = new([]);

    /// <summary>Certificates of all authorities, PEM; empty when there is none.</summary>
    public string Bundle { get; }

    public X509Certificate2Collection Certificates => [.. _authorities.Select(authority => authority.Certificate)];

    /// <summary>Reads what <see cref="Write"/> wrote. A certificate without its key is trusted and does not sign.</summary>
    /// <exception cref="CryptographicException">It is not what was written.</exception>
    public static AuthoritySet Read(IDictionary<string, byte[]>? data)
    {
        if (data is null || !data.TryGetValue(BundleKey, out var bundle))
        {
            return Empty;
        }

        var keys = data.TryGetValue(PrivateKeysKey, out var text) ? ReadKeys(Encoding.UTF8.GetString(text)) : [];
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(Encoding.UTF8.GetString(bundle));
        return new AuthoritySet(certificates.Select(certificate => CertificateAuthority.Of(
            certificate, keys.Find(key => key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo())))));
    }

    public Dictionary<string, byte[]> Write() => new()
    {
        [BundleKey] = Encoding.UTF8.GetBytes(Bundle),
        [PrivateKeysKey] = Encoding.UTF8.GetBytes(string.Join('\n', _authorities.Select(authority => authority.KeyPem()).OfType<string>()) + "\n"),
    };

    /// <summary>The set as it should be now: without what has ended, and with a new authority when it is time; this very set when nothing is due.</summary>
    public AuthoritySet Renewed(DateTimeOffset now, TimeSpan lifetime)
    {
        var living = _authorities.Where(authority => authority.End > now).ToList();
        if (!living.Any(authority => authority.CanSign && authority.IsValid(now) && now < HalfLife(authority, lifetime)))
        {
            living.Add(CertificateAuthority.Create(now, lifetime));
        }

        return living.Count == _authorities.Count && living.All(_authorities.Contains) ? this : new AuthoritySet(living);
    }

    /// <summary>When <see cref="Renewed"/> or <see cref="Signer"/> next gives something else.</summary>
    public DateTimeOffset NextChange(DateTimeOffset now, TimeSpan lifetime) => _authorities
        .SelectMany(authority => new[] { HalfLife(authority, lifetime), RipeFrom(authority, lifetime), authority.End })
        .Where(time => time > now)
        .DefaultIfEmpty(now)
        .Min();

    /// <summary>The authority that signs now: the youngest that everybody has had the time to learn of, else the one known longest. Null when none can.</summary>
    public CertificateAuthority? Signer(DateTimeOffset now, TimeSpan lifetime)
    {
        var able = _authorities.Where(authority => authority.CanSign && authority.IsValid(now)).ToList();
        return able.Find(authority => RipeFrom(authority, lifetime) <= now) ?? able.LastOrDefault();
    }

    /// <summary>True when one of the authorities signed the certificate, for this use, and it is valid now.</summary>
    public bool Trusts(X509Certificate2 certificate, string use, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(Certificates);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = now.UtcDateTime;
        policy.VerificationTimeIgnored = false;
        policy.ApplicationPolicy.Add(new Oid(use));
        return chain.Build(certificate);
    }

    // A lifetime that was shortened since counts at once; one that was lengthened, for the next authority.
    private static TimeSpan LifeOf(CertificateAuthority authority, TimeSpan lifetime) =>
        authority.End - authority.Made is var own && own < lifetime ? own : lifetime;

    private static DateTimeOffset HalfLife(CertificateAuthority authority, TimeSpan lifetime) => authority.Made + (LifeOf(authority, lifetime) / 2);

    private static DateTimeOffset RipeFrom(CertificateAuthority authority, TimeSpan lifetime) => authority.Made + (LifeOf(authority, lifetime) / 4);

    private static List<ECDsa> ReadKeys(string text)
    {
        var keys = new List<ECDsa>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var key = ECDsa.Create();
            key.ImportFromPem(rest[fields.Location]);
            keys.Add(key);
            rest = rest[fields.Location.End..];
        }

        return keys;
    }
}
