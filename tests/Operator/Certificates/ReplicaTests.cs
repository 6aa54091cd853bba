using System.Reflection;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Admission;
using Berth.Operator.Agents;
using Berth.Operator.Certificates;
using Berth.Operator.Tests.Support;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.LeaderElection;
using Berth.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Certificates;

/// <summary>What a replica writes that does not lead: the authority and whom to trust, since admission must not wait for an election, and nothing else.</summary>
public sealed class ReplicaTests
{
    private const string Configuration = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/berth-webhook";

    [Fact]
    public async Task A_replica_that_does_not_lead_makes_the_authority_and_injects_it_and_its_reconcilers_write_nothing()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        rig.Server.Seed("/apis/coordination.k8s.io/v1/namespaces/berth-system/leases/berth-operator", JsonOf.Patch("""
            {"metadata":{"name":"berth-operator","namespace":"berth-system"},"spec":{"holderIdentity":"other","leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z"}}
            """));
        rig.Server.Seed(Configuration, JsonOf.Patch("""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","metadata":{"name":"berth-webhook"},"webhooks":[{"name":"a","clientConfig":{"url":"https://a"}}]}
            """));
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.StartOperatorAsync(leaderElect: true);

        await Eventually.TrueAsync(async () => await InjectedAsync(rig) is { } injected && injected == Stored(rig), OperatorRig.Cancellation);
        await rig.SettleAsync();
        Assert.False(rig.Services.GetRequiredService<LeaderElector>().IsLeader);
        Assert.Equal(["PATCH validatingwebhookconfigurations"], rig.Writes());
        Assert.Empty(rig.Scheduler.Berths());

        // The client that reconcilers, drivers and events are given.
        var fenced = rig.Services.GetRequiredService<IKubernetesClient>();
        var refused = await Assert.ThrowsAsync<KubernetesException>(() =>
            fenced.MergePatchAsync<VirtualMachine>("web", OperatorRig.Namespace, JsonOf.Patch("""{"metadata":{"labels":{"a":"b"}}}"""), null, OperatorRig.Cancellation));
        Assert.Equal(KubernetesReasons.NotLeading, refused.Reason);
    }

    [Fact]
    public void No_other_part_of_the_operator_is_given_the_client_that_is_not_fenced() => Assert.Equal(
        [typeof(AgentTokens), typeof(AuthorityConfigMap), typeof(AuthorityKeeper), typeof(WebhookBundles)],
        from type in typeof(OperatorHost).Assembly.GetTypes()
        from constructor in type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        from parameter in constructor.GetParameters()
        where parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { Key: RuntimeServices.EveryReplica }
        orderby type.Name
        select type);

    private static async Task<string?> InjectedAsync(OperatorRig rig)
    {
        var configuration = await rig.Services.GetRequiredService<IKubernetesClient>().RequestAsync(new RawRequest(HttpMethod.Get, Configuration), OperatorRig.Cancellation);
        return (string?)configuration!["webhooks"]![0]!["clientConfig"]!["caBundle"];
    }

    private static string? Stored(OperatorRig rig) =>
        rig.Server.Find<V1Secret>(CertificateOptions.SecretName, BerthApi.DefaultNamespace)?.Data?[AuthoritySet.BundleKey] is { } bundle ? Convert.ToBase64String(bundle) : null;
}
