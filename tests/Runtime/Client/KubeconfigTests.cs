using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Berth.Runtime.Client;

namespace Berth.Runtime.Tests.Client;

public sealed class KubeconfigTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kubeconfig").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Reads_the_current_context_and_any_other()
    {
        const string Text = """
            apiVersion: v1
            kind: Config
            current-context: dev
            preferences: {}
            clusters:
            - name: one
              cluster: {server: "https://one:6443"}
            - name: two
              cluster:
                server: https://two:6443
                insecure-skip-tls-verify: true
                tls-server-name: kubernetes
            users:
            - {name: alice, user: {token: "0123"}}
            contexts:
            - {name: dev, context: {cluster: one, user: alice, namespace: shop}}
            - {name: prod, context: {cluster: two, user: alice}}
            """;

        var dev = Read(Text);
        var prod = Read(Text, "prod");

        Assert.Equal((new Uri("https://one:6443"), "shop", "0123", false), (dev.Server, dev.Namespace, dev.Token, dev.SkipTlsVerify));
        Assert.Equal((new Uri("https://two:6443"), null, true, "kubernetes"), (prod.Server, prod.Namespace, prod.SkipTlsVerify, prod.TlsServerName));
    }

    [Fact]
    public void Reads_certificates_inline_and_from_files_beside_it()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=alice", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(Path.Combine(_directory, "ca.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory, "alice.key"), key.ExportPkcs8PrivateKeyPem());

        var configuration = Read($$$"""
            current-context: c
            clusters: [{name: c, cluster: {server: "https://x", certificate-authority: ca.crt}}]
            users: [{name: u, user: {client-certificate-data: {{{Base64(certificate.ExportCertificatePem())}}}, client-key: alice.key}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            """);

        Assert.Equal("CN=alice", Assert.Single(configuration.CertificateAuthorities!).Subject);
        Assert.True(configuration.ClientCertificate!.HasPrivateKey);
    }

    [Fact]
    public void Reads_a_token_file_and_an_exec_plugin()
    {
        var configuration = Read("""
            current-context: c
            clusters: [{name: c, cluster: {server: "https://x"}}]
            users:
            - name: u
              user:
                tokenFile: token
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: ./login
                  args: [get, "--quiet"]
                  env: [{name: REGION, value: "1"}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            """);

        Assert.Equal(Path.Combine(_directory, "token"), configuration.TokenFile);
        Assert.Equal(Path.Combine(_directory, "./login"), configuration.Exec!.Command);
        Assert.Equal(["get", "--quiet"], configuration.Exec.Arguments);
        Assert.Equal("1", configuration.Exec.Environment["REGION"]);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("current-context: nowhere\ncontexts: []", "no \"nowhere\" in its contexts")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]\nclusters: []", "no \"x\" in its clusters")]
    [InlineData("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]\nclusters: [{name: x, cluster: {insecure-skip-tls-verify: true}}]", "no server")]
    [InlineData("a: [", "no YAML")]
    public void Says_what_is_wrong(string text, string expected)
    {
        var failure = Assert.Throws<FormatException>(() => Read(text));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_what_a_pod_is_given()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=ca", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(Path.Combine(_directory, "ca.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory, "token"), "secret");
        File.WriteAllText(Path.Combine(_directory, "namespace"), "berth-system");

        var configuration = KubernetesClientConfiguration.InCluster("fd00::1", "443", _directory);

        Assert.Equal((new Uri("https://[fd00::1]:443"), "berth-system", Path.Combine(_directory, "token")), (configuration.Server, configuration.Namespace, configuration.TokenFile));
    }

    private KubernetesClientConfiguration Read(string text, string? context = null)
    {
        var path = Path.Combine(_directory, "config");
        File.WriteAllText(path, text);
        return KubernetesClientConfiguration.FromKubeconfig(path, context);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
