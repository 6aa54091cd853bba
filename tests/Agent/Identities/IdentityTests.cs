using System.Text;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Operator.Agents;
using Berth.Operator.Certificates;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.Identities;

/// <summary>The agent's side, against the operator's own listener.</summary>
public sealed class IdentityTests
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_agent_proves_itself_and_gets_what_its_vm_names()
    {
        await using var rig = await OperatorRig.StartAsync(Life);
        await rig.EventuallyAsync(() => rig.Certificate.Current is not null);
        Assert.Equal("node-1", AgentIdentity.Of(rig.Certificate.Current!)?.Node);
        Assert.True(rig.Certificate.Current!.HasPrivateKey);
        var machine = Seed(rig, "node-1");
        Assert.IsType<SecretUserData.NotFound>(await rig.UserData.ReadAsync(machine, OperatorRig.Cancellation));
        SeedSecret(rig);
        var found = Assert.IsType<SecretUserData.Found>(await rig.UserData.ReadAsync(machine, OperatorRig.Cancellation));
        Assert.Equal("content", Encoding.UTF8.GetString(found.Content));
    }

    [Fact]
    public async Task What_is_another_nodes_is_not_told()
    {
        await using var rig = await OperatorRig.StartAsync(Life);
        SeedSecret(rig);
        await rig.EventuallyAsync(() => rig.Certificate.Current is not null);
        Assert.IsType<SecretUserData.Unavailable>(await rig.UserData.ReadAsync(Seed(rig, "node-2"), OperatorRig.Cancellation));
    }

    [Fact]
    public async Task The_certificate_is_renewed_after_two_thirds_of_its_life_again_and_again()
    {
        await using var rig = await OperatorRig.StartAsync(Life);
        await rig.EventuallyAsync(() => rig.Certificate.Current is not null);
        SeedSecret(rig);
        var machine = Seed(rig, "node-1");
        for (var rotation = 0; rotation < 3; rotation++)
        {
            var before = rig.Certificate.Current;
            await rig.PassAsync(TimeSpan.FromSeconds(16));
            Assert.Same(before, rig.Certificate.Current);
            await rig.PassAsync(TimeSpan.FromSeconds(5));
            await rig.EventuallyAsync(() => rig.Certificate.Current is { } current && !ReferenceEquals(current, before));
            Assert.IsType<SecretUserData.Found>(await rig.UserData.ReadAsync(machine, OperatorRig.Cancellation));
        }
    }

    [Fact]
    public async Task While_renewing_fails_the_old_one_serves_to_its_end_and_no_longer()
    {
        await using var rig = await OperatorRig.StartAsync(Life);
        await rig.EventuallyAsync(() => rig.Certificate.Current is not null);
        var first = rig.Certificate.Current;
        rig.Server.Tokens.Remove(OperatorRig.Token);
        await rig.PassAsync(TimeSpan.FromSeconds(21));

        // The clocks stand still: a slow machine must not see the first one end while it waits.
        await Eventually.TrueAsync(() => Reviews(rig) >= 2, OperatorRig.Cancellation);
        Assert.Same(first, rig.Certificate.Current);
        await rig.PassAsync(TimeSpan.FromSeconds(12));
        Assert.Null(rig.Certificate.Current);
        Assert.IsType<SecretUserData.Unavailable>(await rig.UserData.ReadAsync(Seed(rig, "node-1"), OperatorRig.Cancellation));

        rig.GiveToken(rig.Server.List<V1Pod>(BerthApi.DefaultNamespace).Single().Metadata.Uid!);
        await rig.EventuallyAsync(() => rig.Certificate.Current is not null);
    }

    [Fact]
    public async Task A_wall_clock_that_is_set_ends_no_certificate()
    {
        await using var rig = await OperatorRig.StartAsync(Life);
        await rig.EventuallyAsync(() => rig.Certificate.Current is not null);
        rig.AgentTime.JumpClock(TimeSpan.FromDays(400));
        Assert.NotNull(rig.Certificate.Current);
        rig.AgentTime.JumpClock(TimeSpan.FromDays(-800));
        Assert.NotNull(rig.Certificate.Current);
    }

    [Fact]
    public async Task An_authority_that_was_withdrawn_takes_its_certificates_along_and_the_agent_gets_another()
    {
        await using var rig = await OperatorRig.StartAsync(TimeSpan.FromHours(1));
        await rig.EventuallyAsync(() => rig.Certificate.Current is not null);
        SeedSecret(rig);
        var (machine, first, map) = (Seed(rig, "node-1"), rig.Certificate.Current, Authorities());

        // Certificates know no parts of seconds: made in the same one, two authorities could not be told apart by their times.
        await rig.PassAsync(TimeSpan.FromSeconds(5));
        rig.Server.Delete<V1Secret>(CertificateOptions.SecretName, BerthApi.DefaultNamespace);
        await rig.EventuallyAsync(() => Authorities() != map);
        Assert.IsType<SecretUserData.Unavailable>(await rig.UserData.ReadAsync(machine, OperatorRig.Cancellation));
        await rig.EventuallyAsync(() => rig.Certificate.Current is { } current && !ReferenceEquals(current, first));
        Assert.IsType<SecretUserData.Found>(await rig.UserData.ReadAsync(machine, OperatorRig.Cancellation));

        string? Authorities() => rig.Server.Find<V1ConfigMap>(OperatorApi.AuthoritiesConfigMap, BerthApi.DefaultNamespace)?.Data?[OperatorApi.AuthoritiesKey];
    }

    private static int Reviews(OperatorRig rig) => rig.Server.Requests.Count(request => request.Resource == "tokenreviews");

    private static void SeedSecret(OperatorRig rig) => rig.Server.Seed(new V1Secret
    {
        Metadata = new V1ObjectMeta { Name = "seed", NamespaceProperty = "shop" },
        Type = "Opaque",
        Data = new Dictionary<string, byte[]> { ["userData"] = "content"u8.ToArray() },
    });

    private static VirtualMachine Seed(OperatorRig rig, string node) => rig.Server.Seed(new VirtualMachine
    {
        Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "shop", Uid = Guid.NewGuid().ToString(), Finalizers = [BerthFinalizers.Release] },
        Spec = new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("64Mi") }, CloudInit = new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "seed" } } },
        Status = new VirtualMachineStatus { Binding = new Binding { NodeName = node, Epoch = 1 } },
    });
}
