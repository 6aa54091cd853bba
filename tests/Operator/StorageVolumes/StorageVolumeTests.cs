using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.StorageVolumes;

public sealed class StorageVolumeTests
{
    [Fact]
    public async Task A_volume_without_a_vm_is_given_to_the_node_with_the_most_room()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<Hypervisor>("node-2", null, JsonOf.Patch("""{"status":{"pools":[{"name":"default","available":true,"reason":"Available","capacity":"100Gi","free":"90Gi"}]}}"""), "status");
        await rig.SettleAsync();
        rig.Server.ForgetRequests();
        Seed(rig, "data");
        await rig.EventuallyAsync(() => Get(rig, "data").Label(BerthLabels.Node) is not null);
        await rig.SettleAsync();

        var volume = Get(rig, "data");
        Assert.Equal(new Binding { NodeName = "node-2", Epoch = 1 }, volume.Status?.Executor);
        Assert.Equal("node-2", volume.Label(BerthLabels.Node));
        Assert.Equal(StorageVolumeStates.Pending, volume.Status?.State);
        Assert.Equal(["Ready=False WaitingForNode", "Reconciling=True WaitingForNode"], Conditions(volume));
        Assert.Equal(["PATCH storagevolumes", "PATCH storagevolumes/status", "PATCH storagevolumes"], rig.Writes());
    }

    [Fact]
    public async Task What_is_promised_on_a_node_counts_as_taken()
    {
        await using var rig = await OperatorRig.StartAsync();
        Seed(rig, "a", size: "30Gi");
        await rig.EventuallyAsync(() => Get(rig, "a").Status?.Executor?.NodeName == "node-1");
        await rig.SettleAsync();
        Seed(rig, "b", size: "30Gi");
        await rig.EventuallyAsync(() => Get(rig, "b").Status?.Executor?.NodeName == "node-2");
    }

    [Fact]
    public async Task A_volume_waits_for_a_node_that_has_its_pool()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        foreach (var node in new[] { "node-1", "node-2" })
        {
            rig.Server.Patch<Hypervisor>(node, null, JsonOf.Patch("""{"status":{"pools":[{"name":"default","available":false,"reason":"MarkerMissing"}]}}"""), "status");
        }

        await rig.StartOperatorAsync();
        Seed(rig, "data");
        await rig.EventuallyAsync(() => Get(rig, "data").Status?.Conditions?.Count > 0);
        Assert.Equal(["Ready=False NoNode", "Reconciling=True NoNode"], Conditions(Get(rig, "data")));

        rig.Server.Patch<Hypervisor>("node-2", null, JsonOf.Patch("""{"status":{"pools":[{"name":"default","available":true,"reason":"Available"}]}}"""), "status");
        await rig.EventuallyAsync(() => Get(rig, "data").Label(BerthLabels.Node) == "node-2");
    }

    [Fact]
    public async Task A_volume_that_a_vm_is_about_to_use_goes_where_the_vm_goes()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        Seed(rig, "data");
        rig.Machines.Apply(TestMachines.Named("web").WithVolume("data", "data"));
        await rig.StartOperatorAsync();
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
        await rig.SettleAsync();
        Assert.Null(Get(rig, "data").Status?.Executor);
        Assert.Equal(["Ready=False WaitingForNode", "Reconciling=True WaitingForNode"], Conditions(Get(rig, "data")));

        await rig.BindAsync("web", "node-2");
        await rig.EventuallyAsync(() => Get(rig, "data").Label(BerthLabels.Node) == "node-2");
        Assert.Equal("node-2", Get(rig, "data").Status?.Executor?.NodeName);
    }

    [Fact]
    public async Task A_volume_that_no_node_was_ever_given_goes_at_once()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        Seed(rig, "data", pool: "missing", finalizers: [BerthFinalizers.Release]);
        await rig.StartOperatorAsync();
        await rig.SettleAsync();
        rig.Server.Delete<StorageVolume>("data", OperatorRig.Namespace);
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("data", OperatorRig.Namespace) is null);
    }

    [Fact]
    public async Task A_deleted_volume_stays_until_its_agent_has_let_go()
    {
        await using var rig = await OperatorRig.StartAsync();
        Seed(rig, "data");
        await rig.EventuallyAsync(() => Get(rig, "data").Label(BerthLabels.Node) is not null);
        rig.Agent.Make("data", Get(rig, "data").Status!.Executor!.NodeName!);
        rig.Server.Delete<StorageVolume>("data", OperatorRig.Namespace);
        await rig.SettleAsync();
        Assert.True(Get(rig, "data").HasFinalizer(BerthFinalizers.Release));

        rig.Agent.PatchVolume("data", """{"releasedEpoch":0}""");
        await rig.SettleAsync();
        Assert.True(Get(rig, "data").HasFinalizer(BerthFinalizers.Release));

        rig.Agent.PatchVolume("data", """{"releasedEpoch":1}""");
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("data", OperatorRig.Namespace) is null);
    }

    [Fact]
    public async Task A_deleted_volume_stays_while_a_vm_has_it_open()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1", machine => machine.WithTemplate("root"));
        rig.Server.Delete<StorageVolume>("web-root", OperatorRig.Namespace);
        rig.Agent.PatchVolume("web-root", """{"releasedEpoch":9}""");
        await rig.SettleAsync();
        Assert.True(Get(rig, "web-root").HasFinalizer(BerthFinalizers.Release));

        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace) is null);
    }

    [Fact]
    public async Task A_missing_pool_is_waited_for_then_stalls_and_clears()
    {
        await using var rig = await OperatorRig.StartAsync();
        Seed(rig, "data", pool: "fast");
        await rig.EventuallyAsync(() => Get(rig, "data").Status?.Conditions?.Count > 0);
        Assert.Equal(["Ready=False ReferenceNotFound", "Reconciling=True ReferenceNotFound"], Conditions(Get(rig, "data")));
        await rig.PassAsync(TimeSpan.FromSeconds(10));
        await rig.EventuallyAsync(() => Get(rig, "data").Status!.Conditions.IsTrue(ConditionTypes.Stalled));
        Assert.Equal(["Ready=False ReferenceNotFound", "Stalled=True ReferenceNotFound"], Conditions(Get(rig, "data")));

        rig.Server.Seed(new StoragePool { Metadata = new V1ObjectMeta { Name = "fast" }, Spec = new StoragePoolSpec { Target = new PoolTarget { Path = "/fast" } } });
        await rig.EventuallyAsync(() => Conditions(Get(rig, "data")) is ["Ready=False NoNode", "Reconciling=True NoNode"]);
    }

    [Fact]
    public async Task A_source_that_this_version_does_not_carry_out_stalls()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Seed(new StorageVolume
        {
            Metadata = new V1ObjectMeta { Name = "copy", NamespaceProperty = OperatorRig.Namespace },
            Spec = new StorageVolumeSpec { Size = Quantity.Parse("1Gi"), Source = new VolumeSource { Volume = "other" } },
        });
        await rig.EventuallyAsync(() => Get(rig, "copy").Status?.Conditions?.Count > 0);
        Assert.Equal(["Ready=False NotSupported", "Stalled=True NotSupported"], Conditions(Get(rig, "copy")));
    }

    private static StorageVolume Get(OperatorRig rig, string name) => rig.Server.Find<StorageVolume>(name, OperatorRig.Namespace)!;

    private static IReadOnlyList<string> Conditions(StorageVolume volume) =>
        [.. (volume.Status?.Conditions ?? []).Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}").Order(StringComparer.Ordinal)];

    private static void Seed(OperatorRig rig, string name, string? pool = null, string size = "1Gi", IList<string>? finalizers = null) => rig.Server.Seed(new StorageVolume
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = OperatorRig.Namespace, Finalizers = finalizers },
        Spec = new StorageVolumeSpec { Pool = pool, Size = Quantity.Parse(size) },
        Status = new StorageVolumeStatus { ObservedGeneration = -1 },
    });
}
