using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Berth.EndToEnd.Tests;

/// <summary>Certificates and their authority are replaced while two replicas serve admission: not one request is refused for it.</summary>
[Collection(nameof(Alone))]
public sealed class CertificateRotationTests(Stack stack) : EndToEndTest(stack)
{
    private const int Rotations = 2;

    [Fact]
    public Task Short_certificates_are_rotated_and_no_admission_is_refused() => RotateAsync("10s", "24s");

    [Fact]
    [Trait("Category", "Long")]
    public Task Certificates_of_thirty_seconds_are_rotated_and_no_admission_is_refused() => RotateAsync("30s", "60s");

    private async Task RotateAsync(string life, string authorityLife)
    {
        await ApplyAsync(Manifests.Machine("steady", "memory: {size: 64Mi}\npowerState: Stopped"));
        string[] flags = ["--certificate-lifetime", life, "--ca-lifetime", authorityLife];
        await using var one = await SecondOperator.StartAsync(Stack, Cancellation, "berth-operator-one", flags);
        await using var two = await SecondOperator.StartAsync(Stack, Cancellation, "berth-operator-two", flags);
        await using var route = await WebhookRoute.ThroughAsync(Stack, [one, two], Cancellation);
        ServedCertificates[] served = [new(one.HttpsAddress), new(two.HttpsAddress)];
        var (admitted, watch) = (0, Stopwatch.StartNew());
        while (served.Any(replica => replica.Certificates.Count <= Rotations || replica.Authorities.Count <= Rotations))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3), $"rotations do not come: {string.Join(", ", served.Select(replica => replica.ToString()))}");
            await AdmitAsync(admitted++);
            foreach (var replica in served)
            {
                await replica.LookAsync(Cancellation);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{admitted} rounds of admissions in {watch.Elapsed.TotalSeconds:F0} s; {string.Join(", ", served.Select(replica => replica.ToString()))}");
    }

    // A change, a new object, and one that must be refused, in the webhook's own words: it was asked.
    private async Task AdmitAsync(int round)
    {
        (await Kubectl.RunAsync(Cancellation, "annotate", "vm", "steady", $"example.com/round={round}", "--overwrite", "-n", Namespace)).MustSucceed();
        (await Kubectl.RunAsync(Manifests.Volume("new", "{size: 1Mi}"), Cancellation, "create", "--dry-run=server", "-n", Namespace, "-f", "-")).MustSucceed();
        var refused = await Kubectl.RunAsync(Manifests.Volume("new", "{size: 1.5}"), Cancellation, "create", "--dry-run=server", "-n", Namespace, "-f", "-");
        Assert.False(refused.Succeeded, "a volume of one and a half bytes was admitted");
        Assert.Contains("spec.size", refused.Error, StringComparison.Ordinal);
    }

    /// <summary>The certificates that a replica has been seen with, and who signed them.</summary>
    private sealed class ServedCertificates(IPEndPoint address)
    {
        public HashSet<string> Certificates { get; } = [];

        public HashSet<string> Authorities { get; } = [];

        public override string ToString() => $"{address}: {Certificates.Count} certificates of {Authorities.Count} authorities";

        public async Task LookAsync(CancellationToken cancellationToken)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address, cancellationToken);
#pragma warning disable CA5359 // Looks at it only; the API server judges.
            await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Address.ToString() }, cancellationToken);
            using var certificate = new X509Certificate2(tls.RemoteCertificate!);
            Certificates.Add(certificate.Thumbprint);
            Authorities.Add(certificate.Issuer);
        }
    }
}
