using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Operator.Certificates;
using Berth.Operator.Serving;
using Berth.Operator.Tests.Support;
using Berth.Runtime.Hosting;
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

    [Fact]
    public async Task A_given_certificate_is_shown_to_who_asks_for_its_name_and_to_nobody_else()
    {
        var folder = Directory.CreateTempSubdirectory("berth-given-").FullName;
        try
        {
            var first = Give(folder, "berth-webhook.berth-system.svc");
            await using var rig = await OperatorRig.StartAsync(configure: options => options with { WebhookCertificateDirectory = folder });
            Assert.Equal(first, await ShownAsync(rig, "berth-webhook.berth-system.svc"));
            Assert.NotEqual(first, await ShownAsync(rig, "berth-operator.berth-system.svc"));

            // Renewed by its maker; while one of the two files is the old one, nothing changes.
            var certificate = Path.Combine(folder, "tls.crt");
            var (old, second) = (await File.ReadAllTextAsync(certificate, Cancellation), Give(folder, "berth-webhook.berth-system.svc"));
            var renewed = await File.ReadAllTextAsync(certificate, Cancellation);
            await File.WriteAllTextAsync(certificate, old, Cancellation);
            rig.Time.Advance(TimeSpan.FromSeconds(11));
            Assert.Equal(first, await ShownAsync(rig, "berth-webhook.berth-system.svc"));
            await File.WriteAllTextAsync(certificate, renewed, Cancellation);
            rig.Time.Advance(TimeSpan.FromSeconds(11));
            Assert.Equal(second, await ShownAsync(rig, "berth-webhook.berth-system.svc"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Without_the_certificate_that_it_was_promised_the_operator_is_not_ready()
    {
        var folder = Directory.CreateTempSubdirectory("berth-given-").FullName;
        try
        {
            Give(folder, "berth-webhook.berth-system.svc");
            File.Move(Path.Combine(folder, "tls.key"), Path.Combine(folder, "elsewhere"));
            await using var rig = await OperatorRig.StartAsync(startOperator: false);
            var starting = rig.StartOperatorAsync(configure: options => options with { WebhookCertificateDirectory = folder });
            await rig.EventuallyAsync(() => rig.HasHost && rig.Services.GetRequiredService<HealthChecks>().ReadinessFailures() is [var failure] && failure == $"https: no certificate in {folder}");
            File.Move(Path.Combine(folder, "elsewhere"), Path.Combine(folder, "tls.key"));
            rig.Time.Advance(TimeSpan.FromSeconds(11));
            await starting;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Told_to_end_it_goes_on_answering_for_the_delay()
    {
        await using var rig = await OperatorRig.StartAsync(configure: options => options with { ShutdownDelay = TimeSpan.FromSeconds(5) }, addMore: services => services
            .AddSingleton<ISecureEndpoint>(new Endpoint("/open", false, context => context.Response.WriteAsync("yes"))));
        var stopping = rig.StopOperatorAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(rig, "/open"));
        Assert.False(stopping.IsCompleted);
        await Berth.Testing.Eventually.TrueAsync(
            () =>
            {
                rig.Time.Advance(TimeSpan.FromSeconds(1));
                return stopping.IsCompleted;
            },
            Cancellation);
        await stopping;
    }

    /// <summary>Writes a certificate and its key, as a Secret's volume has them; returns its thumbprint.</summary>
    private static string Give(string folder, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=given", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(Path.Combine(folder, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }

    /// <summary>Thumbprint of the certificate that is shown to who asks for a name.</summary>
    private static async Task<string> ShownAsync(OperatorRig rig, string name)
    {
        var address = rig.Services.GetRequiredService<SecureServer>().Listening!;
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(address, Cancellation);
        string? shown = null;
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (shown = certificate!.GetCertHashString()) is not null,
            },
            Cancellation);
        return shown!;
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
