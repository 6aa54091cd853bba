using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Certificates;
using Berth.Operator.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Agents;

public sealed class UserDataEndpointTests
{
    private const string Content = "#cloud-config\npassword: correct-horse\n";

    [Fact]
    public async Task The_agent_that_holds_the_vm_gets_the_bytes_and_the_one_of_another_node_nothing()
    {
        await using var rig = await StartAsync();
        var uid = await GiveAsync(rig, "web", "node-1");
        using var first = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        using var second = await rig.CertificateAsync(rig.SeedAgent("node-2"));
        Assert.Equal((HttpStatusCode.OK, Content), await rig.AskForUserDataAsync(first, "web", uid));
        await RefusedAsync(rig, second, "web", uid, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Only_what_is_bound_at_this_moment_counts()
    {
        await using var rig = await StartAsync();
        var uid = await GiveAsync(rig, "web", "node-1");
        using var certificate = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        await RefusedAsync(rig, certificate, "web", "another-uid", HttpStatusCode.Forbidden);
        await RefusedAsync(rig, certificate, "other", uid, HttpStatusCode.Forbidden);
        rig.Machines.PatchStatus("web", """{"releasedEpoch":1}""");
        await RefusedAsync(rig, certificate, "web", uid, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_vm_that_names_no_secret_opens_none()
    {
        await using var rig = await StartAsync();
        var uid = await GiveAsync(rig, "web", "node-1", new CloudInit { UserData = "#cloud-config" });
        using var certificate = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        await RefusedAsync(rig, certificate, "web", uid, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task No_expired_foreign_or_other_certificate_is_taken()
    {
        await using var rig = await StartAsync();
        var uid = await GiveAsync(rig, "web", "node-1");
        using var good = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var identity = new Operator.Agents.AgentIdentity("node-1", new Operator.Agents.BoundPod(AgentDoor.PodOf("node-1"), AgentDoor.UidOf("node-1")));
        var order = new CertificateOrder("berth-agent", new PublicKey(key)) { Uris = [identity.Uri], Lifetime = TimeSpan.FromHours(1) };
        var issuer = rig.Services.GetRequiredService<ICertificateIssuer>();
        using var forServers = issuer.Issue(order with { ForServers = true }).CopyWithPrivateKey(key);
        using var foreign = CertificateAuthority.Create(rig.Time.GetUtcNow(), TimeSpan.FromDays(1)).Issue(order with { ForClients = true }, rig.Time.GetUtcNow()).CopyWithPrivateKey(key);
        using var nobody = issuer.Issue(order with { ForClients = true, Uris = [] }).CopyWithPrivateKey(key);
        using var twice = issuer.Issue(order with { ForClients = true, Uris = [identity.Uri, new Uri("berth://agent/node-2/a/b")] }).CopyWithPrivateKey(key);
        await RefusedAsync(rig, null, "web", uid, HttpStatusCode.Unauthorized);
        await RefusedAsync(rig, forServers, "web", uid, HttpStatusCode.Unauthorized);
        await RefusedAsync(rig, foreign, "web", uid, HttpStatusCode.Unauthorized);
        await RefusedAsync(rig, nobody, "web", uid, HttpStatusCode.Forbidden);
        await RefusedAsync(rig, twice, "web", uid, HttpStatusCode.Forbidden);
        Assert.Equal(HttpStatusCode.OK, (await rig.AskForUserDataAsync(good, "web", uid)).Code);
        rig.Time.Advance(TimeSpan.FromMinutes(61));
        await RefusedAsync(rig, good, "web", uid, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Deleting_the_agents_pod_withdraws_its_certificate()
    {
        await using var rig = await StartAsync();
        var uid = await GiveAsync(rig, "web", "node-1");
        using var certificate = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        rig.Server.Delete<V1Pod>(AgentDoor.PodOf("node-1"), AgentDoor.BerthNamespace, gracePeriodSeconds: 0);
        await RefusedAsync(rig, certificate, "web", uid, HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("late", null, HttpStatusCode.NotFound)]
    [InlineData("seed", "other", HttpStatusCode.NotFound)]
    [InlineData("seed", "large", HttpStatusCode.UnprocessableEntity)]
    [InlineData("token", null, HttpStatusCode.UnprocessableEntity)]
    [InlineData("..", null, HttpStatusCode.UnprocessableEntity)]
    [InlineData("../../../nodes/node-1", null, HttpStatusCode.UnprocessableEntity)]
    [InlineData("seed", "empty", HttpStatusCode.OK)]
    public async Task A_secret_that_cannot_serve_is_named_and_not_shown(string name, string? key, HttpStatusCode expected)
    {
        await using var rig = await StartAsync();

        // Past every check, as one that was stored before there were any.
        rig.Server.Seed(Held(TestMachines.Named("web"), "node-1", new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = name, Key = key } }, OperatorRig.Namespace));
        using var certificate = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        var (code, body) = await rig.AskForUserDataAsync(certificate, "web", "uid-web");
        Assert.Equal(expected, code);
        Assert.DoesNotContain("correct-horse", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Berths_own_keys_are_nobodys_user_data()
    {
        await using var rig = await StartAsync();
        rig.Server.Seed(Held(TestMachines.Named("thief"), "node-1", new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "berth-webhook", Key = "ca.key" } }, AgentDoor.BerthNamespace));
        using var certificate = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        var (code, body) = await rig.AskForUserDataAsync(certificate, "thief", "uid-thief", AgentDoor.BerthNamespace);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.DoesNotContain("PRIVATE", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_that_may_not_read_secrets_says_what_is_missing()
    {
        await using var rig = await StartAsync();
        var uid = await GiveAsync(rig, "web", "node-1");
        using var certificate = await rig.CertificateAsync(rig.SeedAgent("node-1"));
        rig.Server.Faults.Fail(request => request.Path.EndsWith("/secrets/seed", StringComparison.Ordinal), HttpStatusCode.Forbidden);
        var (code, body) = await rig.AskForUserDataAsync(certificate, "web", uid);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Contains("berth-user-data", body, StringComparison.Ordinal);
    }

    private static async Task<OperatorRig> StartAsync()
    {
        var rig = await OperatorRig.StartAsync();
        rig.Server.Seed(SecretOf("seed", "Opaque"));
        rig.Server.Seed(SecretOf("token", "kubernetes.io/service-account-token"));
        return rig;
    }

    private static V1Secret SecretOf(string name, string type) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = OperatorRig.Namespace },
        Type = type,
        Data = new Dictionary<string, byte[]>
        {
            ["userData"] = Encoding.UTF8.GetBytes(Content),
            ["large"] = Encoding.UTF8.GetBytes("correct-horse" + new string('x', OperatorApi.MaxUserDataBytes)),
            ["empty"] = [],
        },
    };

    private static async Task<string> GiveAsync(OperatorRig rig, string name, string node, CloudInit? cloudInit = null)
    {
        await rig.RunAsync(name, node, machine => machine.With(spec => spec.CloudInit = cloudInit ?? new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "seed" } }));
        return rig.Machines.Get(name).Metadata.Uid!;
    }

    private static VirtualMachine Held(VirtualMachine machine, string node, CloudInit cloudInit, string @namespace) => machine with
    {
        Metadata = machine.Metadata with { NamespaceProperty = @namespace, Uid = $"uid-{machine.Metadata.Name}" },
        Spec = machine.Spec with { CloudInit = cloudInit },
        Status = new VirtualMachineStatus { Binding = new Binding { NodeName = node, Epoch = 1 } },
    };

    private static async Task RefusedAsync(OperatorRig rig, X509Certificate2? certificate, string name, string uid, HttpStatusCode expected)
    {
        var (code, body) = await rig.AskForUserDataAsync(certificate, name, uid);
        Assert.Equal(expected, code);
        Assert.DoesNotContain("correct-horse", body, StringComparison.Ordinal);
    }
}
