using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Certificates;
using Berth.Operator.Serving;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Support;

/// <summary>What an agent, or somebody who would like to be one, says to the operator over HTTPS.</summary>
internal static class AgentDoor
{
    public const string BerthNamespace = BerthApi.DefaultNamespace;
    public const string Account = $"system:serviceaccount:{BerthNamespace}:berth-agent";

    /// <summary>An agent's pod on a node, and a good token of it, which is returned.</summary>
    public static string SeedAgent(this OperatorRig rig, string node, Func<KnownToken, KnownToken>? token = null, Func<V1Pod, V1Pod>? pod = null)
    {
        var seeded = new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = PodOf(node), NamespaceProperty = BerthNamespace, Uid = UidOf(node) },
            Spec = new V1PodSpec { NodeName = node, ServiceAccountName = "berth-agent" },
            Status = new V1PodStatus { Phase = "Running" },
        };
        rig.Server.Seed(pod is null ? seeded : pod(seeded));
        var known = new KnownToken(Account, OperatorApi.TokenAudience) { Pod = PodOf(node), PodUid = UidOf(node) };
        rig.Server.Tokens.Add($"token-{node}", token is null ? known : token(known));
        return $"token-{node}";
    }

    public static string PodOf(string node) => $"berth-agent-{node}";

    public static string UidOf(string node) => $"uid-of-{node}";

    /// <summary>Asks for a certificate as an agent does.</summary>
    public static async Task<X509Certificate2> CertificateAsync(this OperatorRig rig, string token)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (code, body) = await rig.AskForCertificateAsync(token, Csr(key));
        Assert.Equal((HttpStatusCode.OK, ""), (code, code == HttpStatusCode.OK ? "" : body.ToString()));
        using var certificate = X509Certificate2.CreateFromPem((string)body!["certificate"]!);
        return certificate.CopyWithPrivateKey(key);
    }

    public static string Csr(ECDsa key, string subject = "CN=anybody") => new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    public static async Task<(HttpStatusCode Code, JsonNode Body)> AskForCertificateAsync(this OperatorRig rig, string? token, string csr)
    {
        var (code, body) = await rig.PostAsync(OperatorApi.CertificatePath, new JsonObject { ["csr"] = csr }.ToJsonString(), token);
        return (code, body.Length == 0 ? new JsonObject() : JsonNode.Parse(body)!);
    }

    /// <summary>Asks for the user-data of a VM.</summary>
    public static async Task<(HttpStatusCode Code, string Body)> AskForUserDataAsync(this OperatorRig rig, X509Certificate2? certificate, string name, string uid, string @namespace = OperatorRig.Namespace)
    {
        var question = JsonSerializer.Serialize(new UserDataRequest { Namespace = @namespace, Name = name, Uid = uid }, ApiJsonContext.Default.UserDataRequest);
        var (code, body) = await rig.PostAsync(OperatorApi.UserDataPath, question, certificate: certificate);
        return (code, Encoding.UTF8.GetString(body));
    }

    public static async Task<(HttpStatusCode Code, byte[] Body)> PostAsync(this OperatorRig rig, string path, string body, string? token = null, X509Certificate2? certificate = null)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = rig.Time.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.ImportFromPem(rig.Services.GetRequiredService<ICertificateIssuer>().TrustBundle);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            },
        };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{rig.Services.GetRequiredService<SecureServer>().Listening}{path}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Host = OperatorApi.ServerName(BerthNamespace); // also the name that the certificate must have
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, OperatorRig.Cancellation);
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(OperatorRig.Cancellation));
    }
}
