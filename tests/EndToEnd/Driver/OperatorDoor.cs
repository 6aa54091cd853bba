using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>What the operator answers to agents, asked as anybody on the network can.</summary>
internal sealed class OperatorDoor(Stack stack, string address)
{
    private const string Name = "berth-operator.berth-system.svc";

    /// <summary>The stack's own operator.</summary>
    public static OperatorDoor Of(Stack stack) => new(stack, AddressOf(StackProcesses.CommandLine(stack.Processes.Pid("operator"))!));

    /// <summary>The address that an operator of this command line listens on for admission and agents.</summary>
    public static string AddressOf(string commandLine)
    {
        var arguments = commandLine.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return arguments[Array.IndexOf(arguments, "--https-address") + 1];
    }

    /// <summary>The certificate that the token gets.</summary>
    public async Task<X509Certificate2> CertificateAsync(string token, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (code, answer) = await AskForCertificateAsync(token, key, cancellationToken);
        Assert.True(code == HttpStatusCode.OK, $"{code}: {answer}");
        using var certificate = X509Certificate2.CreateFromPem((string)JsonNode.Parse(answer)!["certificate"]!);
        return certificate.CopyWithPrivateKey(key);
    }

    public Task<(HttpStatusCode Code, string Answer)> AskForCertificateAsync(string token, ECDsa key, CancellationToken cancellationToken)
    {
        var csr = new CertificateRequest("CN=anybody", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        return PostAsync("/agents/v1/certificate", new JsonObject { ["csr"] = csr }, token, null, cancellationToken);
    }

    public Task<(HttpStatusCode Code, string Answer)> AskForUserDataAsync(KubernetesJson machine, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        var question = new JsonObject { ["namespace"] = machine.Text("metadata.namespace"), ["name"] = machine.Name, ["uid"] = machine.Uid };
        return PostAsync("/agents/v1/user-data", question, null, certificate, cancellationToken);
    }

    private async Task<(HttpStatusCode Code, string Answer)> PostAsync(string path, JsonObject question, string? token, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        var authorities = await stack.Kubectl.GetAsync("configmap", "berth-ca", "berth-system", cancellationToken);
        using var http = TrustingHttp.Create((string)authorities.Root["data"]!["ca.crt"]!, certificate);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{address}{path}") { Content = new StringContent(question.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Host = Name; // also the name that the certificate must have
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
