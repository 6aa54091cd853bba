using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Agents;
using Berth.Operator.Certificates;
using Berth.Operator.Tests.Support;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Agents;

public sealed class CertificateEndpointTests
{
    /// <summary>Tokens that count for nothing: what is wrong with the token or with the pod, and the answer.</summary>
    private static readonly Dictionary<string, (Func<KnownToken, KnownToken> Token, Func<V1Pod, V1Pod> Pod, HttpStatusCode Code)> Wrong = new()
    {
        ["another audience"] = (token => token with { Audience = "somebody-else" }, pod => pod, HttpStatusCode.Unauthorized),
        ["no audience"] = (token => token with { Audience = null }, pod => pod, HttpStatusCode.Unauthorized),
        ["another account"] = (token => token with { User = "system:serviceaccount:berth-system:berth-operator" }, pod => pod, HttpStatusCode.Forbidden),
        ["the account of another namespace"] = (token => token with { User = "system:serviceaccount:shop:berth-agent" }, pod => pod, HttpStatusCode.Forbidden),
        ["no pod"] = (token => token with { Pod = null }, pod => pod, HttpStatusCode.Forbidden),
        ["a pod that is gone"] = (token => token with { Pod = "another" }, pod => pod, HttpStatusCode.Forbidden),
        ["a pod that was made anew"] = (token => token, pod => pod with { Metadata = pod.Metadata with { Uid = "another" } }, HttpStatusCode.Forbidden),
        ["a pod that is being deleted"] = (token => token, pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } }, HttpStatusCode.Forbidden),
        ["a pod that has finished"] = (token => token, pod => pod with { Status = new V1PodStatus { Phase = "Failed" } }, HttpStatusCode.Forbidden),
        ["a pod on no node"] = (token => token, pod => pod with { Spec = pod.Spec with { NodeName = null } }, HttpStatusCode.Forbidden),
        ["a pod of another account"] = (token => token, pod => pod with { Spec = pod.Spec with { ServiceAccountName = "default" } }, HttpStatusCode.Forbidden),
        ["a pod of another namespace"] = (token => token, pod => pod with { Metadata = pod.Metadata with { NamespaceProperty = "shop" } }, HttpStatusCode.Forbidden),
    };

    public static TheoryData<string> WrongTokens => [.. Wrong.Keys];

    [Fact]
    public async Task An_agent_gets_a_certificate_that_says_what_its_token_says_and_nothing_that_it_asked_for()
    {
        await using var rig = await OperatorRig.StartAsync();
        var token = rig.SeedAgent("node-1");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var asked = new CertificateRequest("CN=node-2, O=system:masters", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("berth-operator.berth-system.svc");
        names.AddUri(new AgentIdentity("node-2", new BoundPod("a", "b")).Uri);
        asked.CertificateExtensions.Add(names.Build());
        var (code, body) = await rig.AskForCertificateAsync(token, asked.CreateSigningRequestPem());
        Assert.Equal(HttpStatusCode.OK, code);

        using var certificate = X509Certificate2.CreateFromPem((string)body["certificate"]!);
        Assert.Equal(new AgentIdentity("node-1", new BoundPod("berth-agent-node-1", "uid-of-node-1")), AgentIdentity.Of(certificate));
        Assert.Equal("CN=berth-agent", certificate.Subject);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Empty(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()));
        Assert.Equal(3600, (double)body["lifetimeSeconds"]!, 1.0);
        var issuer = rig.Services.GetRequiredService<ICertificateIssuer>();
        Assert.True(issuer.Trusts(certificate, CertificateUses.Client));
        Assert.False(issuer.Trusts(certificate, CertificateUses.Server));
        rig.Time.Advance(TimeSpan.FromHours(1));
        Assert.False(issuer.Trusts(certificate, CertificateUses.Client));
    }

    [Theory]
    [MemberData(nameof(WrongTokens))]
    public async Task A_token_that_is_not_a_living_agents_for_the_operator_gets_nothing(string what)
    {
        await using var rig = await OperatorRig.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (breakToken, breakPod, expected) = Wrong[what];
        var (code, body) = await rig.AskForCertificateAsync(rig.SeedAgent("node-1", breakToken, breakPod), AgentDoor.Csr(key));
        Assert.Equal(expected, code);
        Assert.Null(body["certificate"]);
        Assert.NotEmpty((string)body["message"]!);

        // The same with nothing wrong: it is that which makes the difference.
        Assert.Equal(HttpStatusCode.OK, (await rig.AskForCertificateAsync(rig.SeedAgent("node-2"), AgentDoor.Csr(key))).Code);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("unknown")]
    public async Task Without_a_good_token_there_is_nothing(string? token)
    {
        await using var rig = await OperatorRig.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(HttpStatusCode.Unauthorized, (await rig.AskForCertificateAsync(token, AgentDoor.Csr(key))).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await rig.AskForCertificateAsync(new string('a', 9000), AgentDoor.Csr(key))).Code);
    }

    [Fact]
    public async Task A_request_that_proves_no_strong_key_is_refused()
    {
        await using var rig = await OperatorRig.StartAsync();
        var token = rig.SeedAgent("node-1");
        using var weak = RSA.Create(1024);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var forged = Convert.FromBase64String(string.Concat(AgentDoor.Csr(key).Split('\n')[1..^1]));
        forged[^1] ^= 1;
        foreach (var csr in (string[])
                 [
                     "", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
                     new CertificateRequest("CN=a", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem(),
                     PemEncoding.WriteString("CERTIFICATE REQUEST", forged),
                 ])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await rig.AskForCertificateAsync(token, csr)).Code);
        }
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("""{"csr":null}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"csr":7}""", HttpStatusCode.BadRequest)]
    [InlineData(null, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_that_is_no_request_or_is_too_large_is_refused(string? body, HttpStatusCode expected)
    {
        await using var rig = await OperatorRig.StartAsync();
        var (code, _) = await rig.PostAsync(OperatorApi.CertificatePath, body ?? $$"""{"csr":"{{new string('a', 20_000)}}"}""", rig.SeedAgent("node-1"));
        Assert.Equal(expected, code);
    }

    [Fact]
    public async Task While_the_API_server_does_not_answer_nobody_is_known()
    {
        await using var rig = await OperatorRig.StartAsync();
        var token = rig.SeedAgent("node-1");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        rig.Server.Faults.Fail(request => request.Resource is "tokenreviews", HttpStatusCode.InternalServerError);
        var (code, body) = await rig.AskForCertificateAsync(token, AgentDoor.Csr(key));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, OperatorReasons.Unavailable), (code, (string?)body["reason"]));
    }

    [Fact]
    public async Task The_authorities_are_published_without_their_keys_and_kept_so()
    {
        await using var rig = await OperatorRig.StartAsync();
        var bundle = rig.Services.GetRequiredService<ICertificateIssuer>().TrustBundle;
        await rig.EventuallyAsync(() => Published()?["ca.crt"] == bundle);
        Assert.Equal(["ca.crt"], Published()!.Keys);
        Assert.DoesNotContain("PRIVATE", Published()!["ca.crt"], StringComparison.Ordinal);
        rig.Server.Patch<V1ConfigMap>("berth-ca", AgentDoor.BerthNamespace, new JsonObject { ["data"] = new JsonObject { ["ca.crt"] = "somebody else's" } });
        await rig.EventuallyAsync(() => Published()?["ca.crt"] == bundle);
        rig.Server.Delete<V1ConfigMap>("berth-ca", AgentDoor.BerthNamespace);
        await rig.EventuallyAsync(() => Published()?["ca.crt"] == bundle);

        IDictionary<string, string>? Published() => rig.Server.Find<V1ConfigMap>("berth-ca", AgentDoor.BerthNamespace)?.Data;
    }
}
