using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Berth.Operator.Certificates;

namespace Berth.Operator.Tests.Certificates;

public sealed class AuthoritySetTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(40);

    [Fact]
    public void A_successor_is_trusted_at_half_of_the_life_signs_a_quarter_later_and_the_old_one_goes_at_its_end()
    {
        var first = AuthoritySet.Empty.Renewed(Start, Life);
        var old = Assert.Single(first.Certificates);
        Assert.Same(first, first.Renewed(Start.AddSeconds(19), Life));

        var both = first.Renewed(Start.AddSeconds(20), Life);
        Assert.Equal(2, both.Certificates.Count);
        Assert.Contains(old, both.Certificates);
        Assert.Equal(old, both.Signer(Start.AddSeconds(29), Life)!.Certificate);
        Assert.NotEqual(old, both.Signer(Start.AddSeconds(30), Life)!.Certificate);

        var next = both.Renewed(Start.AddSeconds(40), Life);
        Assert.DoesNotContain(old, next.Certificates);
        Assert.Equal(2, next.Certificates.Count); // the second one's successor is due as well
    }

    [Fact]
    public void What_changes_next_is_known_beforehand()
    {
        var first = AuthoritySet.Empty.Renewed(Start, Life);
        Assert.Equal(Start.AddSeconds(10), first.NextChange(Start, Life));
        Assert.Equal(Start.AddSeconds(20), first.NextChange(Start.AddSeconds(10), Life));
        var both = first.Renewed(Start.AddSeconds(20), Life);
        Assert.Equal(Start.AddSeconds(30), both.NextChange(Start.AddSeconds(20), Life));
        Assert.Equal(Start.AddSeconds(40), both.NextChange(Start.AddSeconds(30), Life));
    }

    [Fact]
    public void At_every_moment_of_many_rotations_what_is_served_is_trusted_by_a_bundle_of_a_fifth_of_a_life_ago()
    {
        var bundles = new List<AuthoritySet>();
        var set = AuthoritySet.Empty;
        for (var second = 0; second < 200; second++)
        {
            var now = Start.AddSeconds(second);
            bundles.Add(set = set.Renewed(now, Life));
            using var served = Serve(set, now);
            Assert.True(bundles[Math.Max(0, second - 8)].Trusts(served, CertificateUses.Server, now), $"after {second} s");
            Assert.True(set.Certificates.Count <= 3, $"{set.Certificates.Count} authorities after {second} s");
        }
    }

    [Fact]
    public void It_comes_back_from_the_secret_as_it_was()
    {
        var set = AuthoritySet.Empty.Renewed(Start, Life).Renewed(Start.AddSeconds(20), Life);
        var back = AuthoritySet.Read(set.Write());
        Assert.Equal(set.Bundle, back.Bundle);
        Assert.Same(back, back.Renewed(Start.AddSeconds(21), Life));
        Assert.Equal(set.Signer(Start.AddSeconds(21), Life)!.Certificate, back.Signer(Start.AddSeconds(21), Life)!.Certificate);
        using var served = Serve(back, Start.AddSeconds(31));
        Assert.True(set.Trusts(served, CertificateUses.Server, Start.AddSeconds(31)));
    }

    [Fact]
    public void A_certificate_without_a_key_is_trusted_and_does_not_sign()
    {
        var foreign = AuthoritySet.Empty.Renewed(Start, Life);
        var own = AuthoritySet.Empty.Renewed(Start.AddSeconds(1), Life);
        var data = own.Write();
        data[AuthoritySet.BundleKey] = Encoding.UTF8.GetBytes(foreign.Bundle + own.Bundle);
        var read = AuthoritySet.Read(data);
        using var served = Serve(foreign, Start.AddSeconds(2));
        Assert.True(read.Trusts(served, CertificateUses.Server, Start.AddSeconds(2)));
        Assert.Equal(own.Certificates[0], read.Signer(Start.AddSeconds(15), Life)!.Certificate);

        data.Remove(AuthoritySet.PrivateKeysKey);
        Assert.Null(AuthoritySet.Read(data).Signer(Start.AddSeconds(15), Life));
        Assert.Equal(3, AuthoritySet.Read(data).Renewed(Start.AddSeconds(15), Life).Certificates.Count);
    }

    [Fact]
    public void A_life_that_was_shortened_counts_at_once()
    {
        var set = AuthoritySet.Empty.Renewed(Start, TimeSpan.FromDays(365));
        Assert.Equal(2, set.Renewed(Start.AddSeconds(20), Life).Certificates.Count);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(86400)]
    public void A_clock_that_was_set_finds_an_authority_that_can_sign(int seconds)
    {
        var set = AuthoritySet.Empty.Renewed(Start, Life);
        var now = Start.AddSeconds(seconds);
        using var served = Serve(set.Renewed(now, Life), now);
        Assert.True(served.NotAfter.ToUniversalTime() > now.UtcDateTime);
    }

    [Fact]
    public void What_is_wrong_expired_foreign_or_for_another_use_is_not_trusted()
    {
        var set = AuthoritySet.Empty.Renewed(Start, Life);
        var now = Start.AddSeconds(1);
        using var client = set.Signer(now, Life)!.Issue(Order() with { ForServers = false, ForClients = true, Lifetime = TimeSpan.FromSeconds(5) }, now);
        Assert.True(set.Trusts(client, CertificateUses.Client, now));
        Assert.False(set.Trusts(client, CertificateUses.Server, now));
        Assert.False(set.Trusts(client, CertificateUses.Client, now.AddSeconds(6)));
        Assert.False(set.Trusts(client, CertificateUses.Client, now.AddHours(-1)));
        Assert.False(AuthoritySet.Empty.Renewed(Start, Life).Trusts(client, CertificateUses.Client, now));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var selfSigned = new CertificateRequest("CN=node-1", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-1), now.AddMinutes(1));
        Assert.False(set.Trusts(selfSigned, CertificateUses.Client, now));
    }

    [Fact]
    public void No_certificate_outlives_its_authority()
    {
        var set = AuthoritySet.Empty.Renewed(Start, Life);
        using var served = set.Signer(Start, Life)!.Issue(Order() with { Lifetime = TimeSpan.FromDays(1) }, Start.AddSeconds(1));
        Assert.Equal(Start + Life, new DateTimeOffset(served.NotAfter));
    }

    [Fact]
    public void A_signing_request_proves_its_key_and_names_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new CertificateRequest("CN=system:admin", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var set = AuthoritySet.Empty.Renewed(Start, Life);
        using var issued = set.Signer(Start, Life)!.Issue(new CertificateOrder("node-1", CertificateOrder.KeyOf(pem)) { ForClients = true, Lifetime = Life, Names = ["192.0.2.7"] }, Start);
        Assert.Equal("CN=node-1", issued.Subject);
        Assert.True(issued.MatchesHostname("192.0.2.7"));
        Assert.False(issued.HasPrivateKey);

        var der = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        der[^1] ^= 1;
        Assert.Throws<CryptographicException>(() => CertificateOrder.KeyOf(PemEncoding.WriteString("CERTIFICATE REQUEST", der)));
        Assert.Throws<CryptographicException>(() => CertificateOrder.KeyOf("nonsense"));
        using var weak = RSA.Create(1024);
        Assert.Throws<CryptographicException>(() => CertificateOrder.KeyOf(new CertificateRequest("CN=a", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem()));
    }

    private static X509Certificate2 Serve(AuthoritySet set, DateTimeOffset now) => set.Signer(now, Life)!.Issue(Order(), now);

    private static CertificateOrder Order()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateOrder("berth", new PublicKey(key)) { ForServers = true, Lifetime = Life, Names = ["berth.example"] };
    }
}
