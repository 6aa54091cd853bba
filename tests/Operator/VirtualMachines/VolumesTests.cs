using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Operator.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class VolumesTests
{
    [Fact]
    public async Task A_templated_disk_costs_one_write_and_is_made_for_the_node_that_was_chosen()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.SettleAsync();
        rig.Server.ForgetRequests();
        await rig.RunAsync("web", "node-2", machine => machine.WithTemplate("root"));

        var volume = rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace)!;
        var machine = rig.Machines.Get("web");
        Assert.Equal("node-2", volume.Label(BerthLabels.Node));
        Assert.Equal([BerthFinalizers.Release], volume.Metadata.Finalizers);
        var owner = Assert.Single(volume.Metadata.OwnerReferences!);
        Assert.Equal((machine.Uid(), true, null), (owner.Uid, owner.Controller, owner.BlockOwnerDeletion));
        Assert.Equal(
            new StorageVolumeSpec { Pool = TestCluster.Pool, Size = Quantity.Parse("2Gi"), Source = new VolumeSource { Image = TestCluster.Disk } },
            volume.Spec);
        Assert.Single(rig.Writes(), "POST storagevolumes");
        Assert.DoesNotContain(rig.Writes(), write => write.StartsWith("PATCH storagevolumes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_vm_is_put_where_its_volumes_are()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-2", machine => machine.WithTemplate("root"));
        rig.Machines.PatchSpec("web", """{"powerState":"Stopped"}""");
        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null);
        rig.Server.ForgetRequests();
        rig.Machines.PatchSpec("web", """{"powerState":"Running"}""");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-2") is not null);

        Assert.Equal(["node-2"], NodesOf(rig.Scheduler.Berth("web-2")!));
        await rig.BindAsync("web", "node-2", epoch: 2);
        await rig.SettleAsync();
        Assert.DoesNotContain("POST storagevolumes", rig.Writes());
    }

    [Fact]
    public async Task A_volume_that_had_data_is_never_made_again()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1", machine => machine.WithTemplate("root"));
        rig.Machines.PatchSpec("web", """{"powerState":"Stopped"}""");
        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null);
        rig.Server.Delete<StorageVolume>("web-root", OperatorRig.Namespace);
        rig.Agent.ReleaseVolume("web-root");
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace) is null);

        rig.Machines.PatchSpec("web", """{"powerState":"Running"}""");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        await rig.SettleAsync();
        Assert.Equal(["Ready=False VolumeLost", "Scheduled=False VolumeLost", "Stalled=True VolumeLost"], rig.Machines.Conditions("web"));
        Assert.Empty(rig.Server.List<StorageVolume>());
    }

    [Fact]
    public async Task A_volume_of_the_disks_name_that_was_not_made_for_the_vm_is_not_adopted()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Seed(new StorageVolume { Metadata = new V1ObjectMeta { Name = "web-root", NamespaceProperty = OperatorRig.Namespace } });
        await rig.EventuallyAsync(() => rig.Services.GetRequiredService<OperatorStores>().Volumes.Count == 1);
        rig.Machines.Apply(TestMachines.Named("web").WithTemplate("root"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        await rig.SettleAsync();

        Assert.Equal(["Ready=False InvalidSpec", "Scheduled=False InvalidSpec", "Stalled=True InvalidSpec"], rig.Machines.Conditions("web"));
        Assert.Empty(rig.Scheduler.Berths());
    }

    [Fact]
    public async Task A_refusal_frees_the_disks_that_were_not_made_yet()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web").WithTemplate("root"));
        await rig.BindAsync("web", "node-1");
        var first = rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace)!.Uid();
        rig.Agent.Refuse("web", "The pool is not available.");
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace) is { Status.Executor: not null } volume && volume.IsDeleting());

        // node-1 may have begun the file: it is the one that has to say that nothing is left.
        var volume = rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace)!;
        Assert.Equal(("node-1", 1L), (volume.Status!.Executor!.NodeName, volume.Status.Executor.Epoch));
        rig.Agent.ReleaseVolume("web-root");
        await rig.BindAsync("web", "node-2", epoch: 2);
        await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace) is { } fresh && fresh.Uid() != first);
        Assert.Equal("node-2", rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace)!.Label(BerthLabels.Node));
    }

    [Fact]
    public async Task Volumes_on_different_nodes_cannot_be_used_together()
    {
        await using var rig = await OperatorRig.StartAsync();
        foreach (var (name, node) in new[] { ("a", "node-1"), ("b", "node-2") })
        {
            rig.Server.Seed(new StorageVolume
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = OperatorRig.Namespace },
                Status = new StorageVolumeStatus { NodeName = node },
            });
        }

        rig.Machines.Apply(TestMachines.Named("web").WithVolume("a", "a").WithVolume("b", "b"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        Assert.Equal("spec.disks: the volumes are on different nodes: node-1, node-2.", rig.Machines.Condition("web", ConditionTypes.Stalled)!.Message);
    }

    private static IReadOnlyList<string> NodesOf(V1Pod berth) =>
    [
        .. berth.Spec.Affinity!.NodeAffinity!.RequiredDuringSchedulingIgnoredDuringExecution!.NodeSelectorTerms
            .SelectMany(term => term.MatchFields ?? []).Where(field => field.OperatorProperty == "In").SelectMany(field => field.Values!),
    ];
}
