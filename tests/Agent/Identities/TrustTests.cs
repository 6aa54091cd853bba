using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Identities;
using Berth.Operator.Certificates;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.Tests.Identities;

/// <summary>Whom an agent takes for the operator: it must not show its token to anybody else.</summary>
public sealed class TrustTests
{
    private static readonly string Name = OperatorApi.ServerName(BerthApi.DefaultNamespace);

    [Theory]
    [InlineData("good", true)]
    [InlineData("for clients only", false)]
    [InlineData("of another name", false)]
    [InlineData("of another authority", false)]
    [InlineData("expired", false)]
    public async Task It_takes_only_a_server_certificate_of_the_authority_in_the_operators_name(string what, bool taken)
    {
        await using var rig = await OperatorRig.StartAsync(TimeSpan.FromHours(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var order = new CertificateOrder("berth-operator", new PublicKey(key)) { Names = [Name], ForServers = true, Lifetime = TimeSpan.FromHours(1) };
        var issuer = rig.Operator.GetRequiredService<ICertificateIssuer>();
        using var certificate = (what switch
        {
            "for clients only" => issuer.Issue(order with { ForServers = false, ForClients = true }),
            "of another name" => issuer.Issue(order with { Names = ["berth-operator.shop.svc"] }),
            "of another authority" => CertificateAuthority.Create(rig.OperatorTime.GetUtcNow(), TimeSpan.FromDays(1)).Issue(order, rig.OperatorTime.GetUtcNow()),
            _ => issuer.Issue(order),
        }).CopyWithPrivateKey(key);
        rig.AgentTime.JumpClock(what == "expired" ? TimeSpan.FromHours(2) : TimeSpan.Zero);

        var heard = ListenAsync(certificate, out var address);
        await Assert.ThrowsAsync<OperatorException>(() => AskAsync(rig.Connection(address)));
        Assert.Equal(taken, await heard);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task Without_authorities_nobody_is_the_operator(string? authorities)
    {
        await using var rig = await OperatorRig.StartAsync(TimeSpan.FromHours(1));
        await using var elsewhere = await FakeApiServer.StartAsync();
        if (authorities is not null)
        {
            elsewhere.Seed(new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = OperatorApi.AuthoritiesConfigMap, NamespaceProperty = BerthApi.DefaultNamespace },
                Data = new Dictionary<string, string> { [OperatorApi.AuthoritiesKey] = authorities },
            });
        }

        var refused = await Assert.ThrowsAsync<OperatorException>(() => AskAsync(rig.Connection(client: rig.ClientOf(elsewhere))));
        Assert.Equal(OperatorReasons.Unavailable, refused.Reason);
    }

    private static Task<byte[]> AskAsync(OperatorConnection connection) => connection.AskAsync(
        OperatorApi.CertificatePath, new AgentCertificateRequest { Csr = "a" }, ApiJsonContext.Default.AgentCertificateRequest, new OperatorProof("secret-token", null), OperatorRig.Cancellation);

    /// <summary>Takes one connection; true when a word of the request was heard.</summary>
    private static Task<bool> ListenAsync(X509Certificate2 certificate, out string address)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        address = listener.LocalEndpoint.ToString()!;
        return ServeAsync(listener, certificate);
    }

    private static async Task<bool> ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using (listener)
        {
            using var client = await listener.AcceptTcpClientAsync(OperatorRig.Cancellation);
            await using var tls = new SslStream(client.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, OperatorRig.Cancellation);
                return await tls.ReadAsync(new byte[1], OperatorRig.Cancellation) > 0;
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                return false;
            }
        }
    }
}
