using Berth.Kubernetes;
using Berth.Operator.Tests.Support;
using Berth.Testing.ApiServer;

namespace Berth.Operator.Tests.DisruptionBudgets;

public sealed class DisruptionBudgetTests
{
    [Fact]
    public async Task A_namespace_has_a_budget_as_long_as_it_has_vms()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("a"));
        rig.Machines.Apply(TestMachines.Named("b"));
        await rig.EventuallyAsync(() => rig.Server.Find<V1PodDisruptionBudget>("berth", OperatorRig.Namespace) is not null);
        var budget = rig.Server.Find<V1PodDisruptionBudget>("berth", OperatorRig.Namespace)!;
        Assert.Equal(int.MaxValue, budget.Spec.MinAvailable);
        var expression = Assert.Single(budget.Spec.Selector!.MatchExpressions!);
        Assert.Equal(("berth.dev/vm", "Exists"), (expression.Key, expression.OperatorProperty));

        rig.Machines.Delete("a");
        await rig.EventuallyAsync(() => rig.Machines.Find("a") is null);
        await rig.SettleAsync();
        Assert.NotNull(rig.Server.Find<V1PodDisruptionBudget>("berth", OperatorRig.Namespace));

        rig.Machines.Delete("b");
        await rig.EventuallyAsync(() => rig.Server.Find<V1PodDisruptionBudget>("berth", OperatorRig.Namespace) is null);
    }

    [Fact]
    public async Task A_budget_that_was_changed_or_deleted_is_put_right()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("a"));
        await rig.EventuallyAsync(() => rig.Server.Find<V1PodDisruptionBudget>("berth", OperatorRig.Namespace) is not null);

        rig.Server.Patch<V1PodDisruptionBudget>("berth", OperatorRig.Namespace, JsonOf.Patch("""{"spec":{"minAvailable":0}}"""));
        await rig.EventuallyAsync(() => rig.Server.Find<V1PodDisruptionBudget>("berth", OperatorRig.Namespace)?.Spec.MinAvailable == int.MaxValue);
        rig.Server.Delete<V1PodDisruptionBudget>("berth", OperatorRig.Namespace);
        await rig.EventuallyAsync(() => rig.Server.Find<V1PodDisruptionBudget>("berth", OperatorRig.Namespace) is not null);
    }

    [Fact]
    public async Task An_older_server_gets_the_version_that_it_knows()
    {
        await using var rig = await OperatorRig.StartAsync(new FakeApiServerOptions { NotServed = new HashSet<string> { "policy/v1" } });
        rig.Machines.Apply(TestMachines.Named("a"));
        await rig.EventuallyAsync(() => rig.Server.Find<V1Beta1PodDisruptionBudget>("berth", OperatorRig.Namespace)?.Spec.MinAvailable == int.MaxValue);
        rig.Machines.Delete("a");
        await rig.EventuallyAsync(() => rig.Server.Find<V1Beta1PodDisruptionBudget>("berth", OperatorRig.Namespace) is null);
    }
}
