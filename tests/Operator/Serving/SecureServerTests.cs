using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Operator.Certificates;
using Berth.Operator.Serving;
using Berth.Operator.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Serving;

public sealed class SecureServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_serves_with_a_certificate_of_the_bundle_in_the_names_of_its_service()
    {
        await using var rig = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await PostAsync(rig, "/open"));
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(rig, "/open", name: "other.example"));
    }

    [Fact]
    public async Task A_rotation_changes_the_certificate_of_the_next_handshake()
    {
        await using var rig = await StartAsync();
        var first = rig.Services.GetRequiredService<ServingCertificate>().Current();
        Assert.Same(first, rig.Services.GetRequiredService<ServingCertificate>().Current());
        rig.Time.Advance(TimeSpan.FromDays(6));
        Assert.NotSame(first, rig.Services.GetRequiredService<ServingCertificate>().Current());
        Assert.Equal(HttpStatusCode.OK, await PostAsync(rig, "/open"));
    }

    [Fact]
    public async Task What_wants_a_client_certificate_takes_only_ours_for_clients()
    {
        await using var rig = await StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(rig, "/closed"));
        using var ours = Issue(rig, forClients: true);
        using var server = Issue(rig, forClients: false);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256).CreateSelfSigned(rig.Time.GetUtcNow().AddDays(-1), rig.Time.GetUtcNow().AddDays(1));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(rig, "/closed", ours));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(rig, "/closed", server));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(rig, "/closed", foreign));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(rig, "/open", foreign));
        rig.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(rig, "/closed", ours));
    }

    [Fact]
    public async Task A_path_a_method_or_a_fault_each_has_its_answer()
    {
        await using var rig = await StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(rig, "/elsewhere"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await PostAsync(rig, "/open", method: HttpMethod.Get));
        Assert.Equal(HttpStatusCode.InternalServerError, await PostAsync(rig, "/broken"));
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_not_read()
    {
        await using var rig = await StartAsync();
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PostAsync(rig, "/admission/validate", content: new ByteArrayContent(new byte[9 << 20])));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(rig, "/admission/validate", content: new ByteArrayContent(new byte[1 << 20])));
    }

    private static Task<OperatorRig> StartAsync() => OperatorRig.StartAsync(addMore: services => services
        .AddSingleton<ISecureEndpoint>(new Endpoint("/open", false, context => context.Response.WriteAsync("yes")))
        .AddSingleton<ISecureEndpoint>(new Endpoint("/closed", true, context => context.Response.WriteAsync("yes")))
        .AddSingleton<ISecureEndpoint>(new Endpoint("/broken", false, _ => throw new InvalidOperationException("broken"))));

    private static async Task<HttpStatusCode> PostAsync(
        OperatorRig rig, string path, X509Certificate2? client = null, string name = "berth-operator.berth-system.svc", HttpMethod? method = null, HttpContent? content = null)
    {
        var trust = new X509Certificate2Collection();
        trust.ImportFromPem(rig.Services.GetRequiredService<ICertificateIssuer>().TrustBundle);
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = rig.Time.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(trust);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(client, null, offline: true),
            },
        };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, $"https://{rig.Services.GetRequiredService<SecureServer>().Listening}{path}");
        request.Content = content;
        request.Headers.ExpectContinue = content is not null; // else the answer comes while the body is still being sent
        request.Headers.Host = name; // also the name that the certificate must have
        using var response = await http.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    private static X509Certificate2 Issue(OperatorRig rig, bool forClients)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var order = new CertificateOrder("node-1", new PublicKey(key)) { ForClients = forClients, ForServers = !forClients, Lifetime = TimeSpan.FromHours(1) };
        using var issued = rig.Services.GetRequiredService<ICertificateIssuer>().Issue(order);
        return issued.CopyWithPrivateKey(key);
    }

    private sealed class Endpoint(string path, bool closed, Func<HttpContext, Task> handle) : ISecureEndpoint
    {
        public string Path => path;

        public bool RequiresClientCertificate => closed;

        public Task HandleAsync(HttpContext context) => handle(context);
    }
}
